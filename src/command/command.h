/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/calling.h"
#include "config/config.h"
#include "world/world.h"

struct options;

/* Carries out a command; the exit status of the program. CONFIG is NULL for
 * one that needs none. */
typedef enum exit_status command_function(struct world *world,
					  const struct config *config,
					  const struct options *options);

/* What the shell may offer for a word of the command line, beside a fixed
 * list. */
enum completes {
	COMPLETES_NOTHING, COMPLETES_FILES, COMPLETES_DIRECTORIES,
	COMPLETES_LINEAGES, COMPLETES_RECORDS,
};

/* Options that only the commands with the bit in TAKES take. */
enum { TAKES_JSON = 1 << 0, TAKES_WAIT = 1 << 1, TAKES_KINDS = 1 << 2,
       TAKES_LIMITS = 1 << 3, TAKES_DETAILS = 1 << 4, TAKES_KEEPING = 1 << 5,
       TAKES_NOTICES = 1 << 6 };

/*
 * All that there is to know about a command: the command line is read, the
 * help and the completion are made, and a pass is given its rights from this.
 * The manual is compared with it by a test.
 */
struct command {
	const char *word;
	const char *alias;	/* another word for the same, or NULL */
	const char *arguments;	/* what it takes; NULL: nothing */
	const char *help;	/* one line; NULL: nothing that people type */
	enum completes completes;	/* the arguments */
	unsigned takes;
	bool needs_no_config;
	struct calling calling;
	command_function *execute;
};

/* Every command, in the order of the help; the word of the last is NULL. */
extern const struct command commands[];

/* By its word or its alias; NULL: there is none. */
const struct command *command_find(const char *word);
/* What somebody who typed WORD may have meant; NULL: nothing is near. */
const char *command_nearest(const char *word);
/* The commands that take an option of TAKES, "status, check and print"; the
 * caller's. */
char *command_list(unsigned takes);

/* run, deploy, post: passes over all targets. */
command_function command_run;
/* The same; targets that are named are managed again, if they were removed. */
command_function command_init;
/* The same, and the management of the targets that are named ends: with this
 * pass or, as long as servers and caches are waited for, with that of any
 * later command. */
command_function command_remove;
/* A pass as well, and a pin that needs neither state nor lock. */
command_function command_pre;
command_function command_status;
/* Where each stands in full: until when caches may hold what, with the numbers
 * that this follows from, and what was done and why. */
command_function command_explain;
/* The whole chain, end to end and now, of all targets or of those named in
 * OPTIONS->arguments: this host, certificate, links, zone, every server, every
 * service. Exit status and first line are those of a monitoring plugin. */
command_function command_check;
/* The configuration was read without a fault; now what it names: keys,
 * lineages, directories. Asks no server. */
command_function command_configtest;
/* On standard output what has to be put elsewhere for the configuration: the
 * right for its key on the name server, the lines of services and of certbot.
 * Asks no server. */
command_function command_setup;
