/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commands - what the program can do, one function per command. */
#ifndef FC_COMMANDS_H
#define FC_COMMANDS_H

#include "options.h"

enum exit_status command_run(const struct options *options);
enum exit_status command_flows(const struct options *options);
enum exit_status command_lint(const struct options *options);
enum exit_status command_list(const struct options *options);
enum exit_status command_enable(const struct options *options);
enum exit_status command_disable(const struct options *options);

#endif
