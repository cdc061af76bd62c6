/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules.h - what each row of the table in findings.c asks. A rule gets a case of its kind and says
 * whether it applies; it may lower c->severity, add a detail, and name the evidence. No state.
 */
#ifndef NSV_REPORT_RULES_H
#define NSV_REPORT_RULES_H

#include "report/case.h"

/* rules_process.c */
bool nsv_rule_exe_deleted(struct nsv_case *c);
bool nsv_rule_exe_replaced(struct nsv_case *c);
bool nsv_rule_exe_memfd(struct nsv_case *c);
bool nsv_rule_exe_temporary(struct nsv_case *c);
bool nsv_rule_exe_volume(struct nsv_case *c);
bool nsv_rule_kernel_name(struct nsv_case *c);
bool nsv_rule_daemon_name(struct nsv_case *c);
bool nsv_rule_odd_process(struct nsv_case *c);
bool nsv_rule_hidden_process(struct nsv_case *c);
bool nsv_rule_preload_environment(struct nsv_case *c);
bool nsv_rule_script_from_fd(struct nsv_case *c);
bool nsv_rule_tracer(struct nsv_case *c);
bool nsv_rule_capabilities(struct nsv_case *c);
bool nsv_rule_cwd_deleted(struct nsv_case *c);

/* rules_memory.c: of mappings and open files */
bool nsv_rule_map_writable(struct nsv_case *c);
bool nsv_rule_map_anonymous(struct nsv_case *c);
bool nsv_rule_map_stack(struct nsv_case *c);
bool nsv_rule_map_memfd(struct nsv_case *c);
bool nsv_rule_map_deleted(struct nsv_case *c);
bool nsv_rule_fd_memfd(struct nsv_case *c);

/* rules_network.c */
bool nsv_rule_packet_socket(struct nsv_case *c);
bool nsv_rule_raw_socket(struct nsv_case *c);
bool nsv_rule_abstract_socket(struct nsv_case *c);
bool nsv_rule_socket_of_nobody(struct nsv_case *c);
bool nsv_rule_promiscuous(struct nsv_case *c);

/* rules_mount.c */
bool nsv_rule_engine_socket(struct nsv_case *c);
bool nsv_rule_host_root(struct nsv_case *c);
bool nsv_rule_host_folder(struct nsv_case *c);

/* rules_file.c */
bool nsv_rule_setuid(struct nsv_case *c);
bool nsv_rule_file_capabilities(struct nsv_case *c);
bool nsv_rule_executable_temporary(struct nsv_case *c);
bool nsv_rule_executable_volume(struct nsv_case *c);
bool nsv_rule_time_set_back(struct nsv_case *c);
bool nsv_rule_odd_file(struct nsv_case *c);
bool nsv_rule_hidden_file(struct nsv_case *c);

/* rules_config.c: files that say who may come in and what starts */
bool nsv_rule_preload_file(struct nsv_case *c);
bool nsv_rule_accounts(struct nsv_case *c);
bool nsv_rule_cron(struct nsv_case *c);
bool nsv_rule_shell(struct nsv_case *c);
bool nsv_rule_keys(struct nsv_case *c);
bool nsv_rule_pam(struct nsv_case *c);
bool nsv_rule_startup(struct nsv_case *c);
bool nsv_rule_account_root(struct nsv_case *c);
bool nsv_rule_account_open(struct nsv_case *c);

/* rules_package.c */
bool nsv_rule_altered(struct nsv_case *c);

#endif
