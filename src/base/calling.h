/* SPDX-License-Identifier: MIT */
#pragma once

/* What the program is called to do, and how it ends. */
enum command {
	COMMAND_RUN, COMMAND_INIT, COMMAND_PRE, COMMAND_DEPLOY, COMMAND_POST,
	COMMAND_STATUS, COMMAND_PRINT, COMMAND_CONFIGTEST, COMMAND_CHECK,
};

/* Exit statuses: the interface to scripts and timers. */
enum exit_status {
	EXIT_DONE = 0,		/* done, or waiting as planned */
	EXIT_FAILED = 1,	/* a target failed and needs a person */
	EXIT_USAGE = 2,
	EXIT_CONFIG = 3,
	EXIT_STATE = 4,		/* state or lock cannot be used */
	EXIT_BUSY = 15,		/* another instance runs */
};
