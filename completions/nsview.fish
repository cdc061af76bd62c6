# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsview.fish - fish completion for the commands. `COMMAND --complete WORD...` answers with records
# (src/command/candidate.h), within half a second. A container chooses the names of its files: none
# is ever evaluated; fish quotes what it inserts, and makes control characters visible in lists.

function __nsview_complete
    set -l words (commandline -opc)
    set -l raw (commandline -ct | string collect)
    # The last quote may be open.
    set -l typed (string unescape -- $raw | string collect)
    or set typed (string unescape -- $raw\" | string collect)
    or set typed (string unescape -- $raw\' | string collect)
    or set typed $raw
    set -l command (string replace -r '^~/' "$HOME/" -- $words[1])
    set -l word
    set -l about
    for record in (command $command --complete $words[2..-1] "$typed" 2>/dev/null </dev/null | string split0)
        set -l kind (string sub -l 1 -- $record)
        set -l text (string sub -s 2 -- $record | string collect)
        if test "$kind" = d
            set about $text
            continue
        end
        __nsview_offer "$word" "$about"
        set word
        set about
        switch $kind
            case w p
                set word $text
            case f
                # Only what is behind PREFIX is a path.
                for line in (__fish_complete_path (string sub -s (math (string length -- "$text") + 1) -- "$typed" | string collect))
                    printf '%s%s\0' "$text" $line
                end
            case c
                for line in (complete -C (string escape -- (string sub -s (math (string length -- "$text") + 1) -- "$typed")))
                    printf '%s%s\0' "$text" $line
                end
        end
    end
    __nsview_offer "$word" "$about"
end

# A tab would begin the description: such a name is left out.
function __nsview_offer
    if test -n "$argv[1]"; and not string match -q -- "*"\t"*" $argv[1]
        printf '%s\t%s\0' $argv
    end
end

for command in nsview nscat nsls nscp nsps nsinfo nscollect nsdiff nsrun nsviewd
    # This file may be loaded under the name of each command.
    complete -c $command -e
    complete -c $command -f -a '(__nsview_complete | string split0)'
end
