/* SPDX-License-Identifier: MIT */
#pragma once

#include "command/options.h"

/*
 * Reads the configuration that OPTIONS name, with all that it includes; what
 * they say of directories goes before it. main.c calls it before a command that
 * needs one; NULL after a message. Who could have written it is looked at later
 * (run_open(), rights_test()), before anything is done that it says.
 */
struct config *load_config(struct world *world, const struct options *options);
