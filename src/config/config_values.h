/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"

/*
 * Values of alnitak.conf that have a grammar of their own. Each function
 * returns NULL when TEXT is good, else what is wrong with it, allocated, and
 * then leaves nothing behind.
 */

/*
 * "PARAMS PORT [PROTOCOL] [NAME]", as "311 443 tcp www.example.com"; "*" is
 * all ports. NAME defaults to TITLE, which then must be the name of a host. A
 * single label counts as one only with a final dot.
 */
char *config_spec_parse(const char *text, const char *title,
			struct config_spec *spec);
void config_spec_clear(struct config_spec *spec);

/* "HOST:PORT", "ADDRESS:PORT" or "[ADDRESS]:PORT", alone or behind
 * "PROTOCOL:" (application.h); behind it, of XMPP, the DOMAIN of the stream.
 * A name becomes canonical, an address keeps its text. */
char *config_probe_parse(const char *text, struct config_probe *probe);
void config_probe_clear(struct config_probe *probe);

/* "rfc2136" or "exec [uid:USER] PROGRAM ARGUMENT..", split at blanks. */
char *config_api_parse(const char *text, struct config_target *target);

/* "PROGRAM ARGUMENT..", split at blanks, NULL-terminated. */
char *config_program_parse(const char *text, char ***arguments);

/* "ADDRESS", "ADDRESS:PORT", "[ADDRESS]:PORT" or the name of a host. */
char *config_primary_check(const char *text);

/*
 * "TEXT is WHAT", allocated. A name in the letters of its language is told to
 * be written as certbot and the DNS do (RFC 5890).
 */
char *config_name_fault(const char *text, const char *what);

/* The canonical name of a host: letters, digits, "-" and "_", the last label
 * not all digits. NULL when TEXT is none. */
char *config_host_parse(const char *text);

/* TEXT may have octets of any kind, by libconfuse's "\xHH" too; it will be
 * written to JSON. */
char *config_text_fault(const char *text);
