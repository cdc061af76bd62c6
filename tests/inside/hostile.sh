#!/bin/bash
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"
test_done
