/* SPDX-License-Identifier: MIT */
#include "base/pem_kind.h"
#include "base/xalloc.h"
#include "tell/setup_print.h"

#include <stdio.h>

/* The links of a target, as far as they are made. */
struct paths {
	const char *directory;
	const struct config_target *target;
};

static bool has(const struct paths *paths, int kind)
{
	return paths->target->files & PEM_BIT(kind);
}

/* Of two files, the second where the first is not made. */
static int either(const struct paths *paths, int kind, int other)
{
	return has(paths, kind) ? kind : other;
}

static void print_path(const struct paths *paths, const char *before, int kind,
		       const char *after)
{
	printf("%s%s/%s.pem%s\n", before, paths->directory,
	       pem_kind_names[kind], after);
}

/* Full chain and key, in lines of which each service has its own words. */
static void print_pair(const struct paths *paths, const char *chain,
		       const char *key, const char *after)
{
	print_path(paths, chain, either(paths, PEM_FULLCHAIN, PEM_COMBINED),
		   after);
	print_path(paths, key, either(paths, PEM_PRIVKEY, PEM_COMBINED),
		   after);
}

static void print_postfix(const struct paths *paths)
{
	setup_piece("/etc/postfix/main.cf");
	setup_note("In place of the lines smtpd_tls_* that are there. Several "
		   "certificates stand in one line, with commas.");
	if (has(paths, PEM_COMBINED))
		print_path(paths, "smtpd_tls_chain_files = ", PEM_COMBINED,
			   "");
	else
		print_pair(paths, "smtpd_tls_cert_file = ",
			   "smtpd_tls_key_file = ", "");
	puts("smtpd_tls_security_level = may");
}

static void print_exim(const struct paths *paths)
{
	setup_piece("the main part of exim4.conf");
	setup_note("With Debian's configuration instead: MAIN_TLS_ENABLE = yes "
		   "and MAIN_TLS_CERTIFICATE and MAIN_TLS_PRIVATEKEY with "
		   "these paths, in /etc/exim4/exim4.conf.localmacros. Exim "
		   "reads the key as the user Debian-exim, who must be let: "
		   "`alnitak configtest` tells what is in the way.");
	print_pair(paths, "tls_certificate = ", "tls_privatekey = ", "");
	puts("tls_advertise_hosts = *");
}

static void print_dovecot(const struct paths *paths)
{
	setup_piece("/etc/dovecot/conf.d/10-ssl.conf, Dovecot 2.3 (Debian 12)");
	puts("ssl = yes");
	print_pair(paths, "ssl_cert = <", "ssl_key = <", "");
	setup_piece("/etc/dovecot/conf.d/10-ssl.conf, Dovecot 2.4 (Debian 13)");
	puts("ssl = yes");
	print_pair(paths, "ssl_server_cert_file = ", "ssl_server_key_file = ",
		   "");
}

static void print_nginx(const struct paths *paths)
{
	setup_piece("nginx, in the block `server` that has listen 443 ssl");
	print_pair(paths, "ssl_certificate ", "ssl_certificate_key ", ";");
}

static void print_apache(const struct paths *paths)
{
	setup_piece("Apache, in the section <VirtualHost *:443>");
	puts("SSLEngine on");
	print_pair(paths, "SSLCertificateFile ", "SSLCertificateKeyFile ", "");
}

static void print_haproxy(const struct paths *paths)
{
	setup_piece("HAProxy, in the section `frontend`");
	if (has(paths, PEM_COMBINED))
		print_path(paths, "bind :443 ssl crt ", PEM_COMBINED, "");
	else
		setup_note("It reads one file: `files` of the target must have "
			   "\"combined\".");
}

struct service {
	const char *title;
	const char *unit;
	uint16_t ports[8];		/* up to the first 0 */
	void (*print)(const struct paths *paths);
};

static const struct service services[SETUP_SERVICES] = {
	[SETUP_POSTFIX] = { "Postfix", "postfix", { 25, 465, 587 },
			    print_postfix },
	[SETUP_EXIM] = { "Exim", "exim4", { 25, 465, 587 }, print_exim },
	[SETUP_DOVECOT] = { "Dovecot", "dovecot", { 110, 143, 993, 995, 4190 },
			    print_dovecot },
	[SETUP_NGINX] = { "nginx", "nginx", { 443 }, print_nginx },
	[SETUP_APACHE] = { "Apache", "apache2", { 443 }, print_apache },
	[SETUP_HAPROXY] = { "HAProxy", "haproxy", { 443 }, print_haproxy },
};

static bool serves(const struct service *service, uint16_t port)
{
	for (size_t i = 0; service->ports[i]; i++)
		if (service->ports[i] == port)
			return true;
	return false;
}

static bool serves_target(const struct service *service,
			  const struct config_target *target)
{
	for (size_t i = 0; i < target->spec_count; i++)
		if (serves(service, target->specs[i].port))
			return true;
	return false;
}

/* The lines for SERVICE are for TARGET: by its ports, or because somebody named
 * both. */
static bool fits(const struct setup *setup, enum setup_service service,
		 const struct config_target *target)
{
	bool chosen = setup->wish.services & (1U << service);

	if (setup->wish.services && !chosen)
		return false;
	return (chosen && setup->wish.name_count) ||
	       serves_target(&services[service], target);
}

/* The line of alnitak.conf that has what was chosen load new certificates. */
static void print_reload(const struct setup *setup,
			 const struct config_target *target)
{
	bool any = false;

	setup_piece("%s, in the section target \"%s\"", setup->config->path,
		    target->name);
	setup_note("%s One line, with those units that run here.",
		   target->reload ? "There is one already: compare." :
				    "There is none yet.");
	printf("\treload = \"systemctl reload");
	for (int i = 0; i < SETUP_SERVICES; i++) {
		if (!fits(setup, (enum setup_service)i, target))
			continue;
		printf(" %s", services[i].unit);
		any = true;
	}
	puts(any ? "\"" : " UNIT\"");
}

static bool is_known(uint16_t port)
{
	for (int i = 0; i < SETUP_SERVICES; i++)
		if (serves(&services[i], port))
			return true;
	return false;
}

static void print_others(const struct setup *setup, const struct paths *paths)
{
	const struct config_target *target = paths->target;

	for (size_t i = 0; !setup->wish.services && i < target->spec_count;
	     i++) {
		if (is_known(target->specs[i].port))
			continue;
		setup_piece("what serves port %u", target->specs[i].port);
		print_pair(paths, "# certificates: ", "# private key:  ", "");
		if (has(paths, PEM_COMBINED))
			print_path(paths, "# or, in one:   ", PEM_COMBINED,
				   "");
	}
}

static bool has_pair(const struct paths *paths)
{
	return has(paths, PEM_COMBINED) ||
	       (has(paths, PEM_FULLCHAIN) && has(paths, PEM_PRIVKEY));
}

void setup_services(const struct setup *setup,
		    const struct config_target *target, const char *directory)
{
	const struct paths paths = { directory, target };

	if (!has_pair(&paths)) {
		setup_piece("%s, in the section target \"%s\"",
			    setup->config->path, target->name);
		setup_note("No service can use the links that are made. Write "
			   "this in place of `files` there, and run this "
			   "again.");
		puts("\tfiles = { \"fullchain\", \"privkey\", \"combined\" }");
		return;
	}
	for (int i = 0; i < SETUP_SERVICES; i++)
		if (fits(setup, (enum setup_service)i, target))
			services[i].print(&paths);
	print_others(setup, &paths);
	print_reload(setup, target);
}
