/* SPDX-License-Identifier: MIT */
#pragma once

#include "errand/showing.h"
#include "look/probe.h"

/* The parts of the probe: probe_services.c says what to ask, probe.c asks,
 * probe_judge.c says what came, of a chain by probe_chain.c. */

/* A service that a request speaks of; its addresses are still to be found
 * where HOST is set. */
struct service {
	size_t request;
	char *host;			/* canonical name, or NULL */
	struct address address;		/* else this */
	uint16_t port;
	enum application application;
	char *server_name;		/* SNI, of XMPP the stream's; or NULL */
	/* Whose records it is a look at: of the port, at HOST or BASE; or those
	 * that PROBE shows. */
	const char *base;		/* TLSA base domain; NULL: any */
	const struct config_probe *probe;	/* NULL: auto */
	/* What it presents is held against these, see probe_add_records(). */
	struct showing_record *records;
	size_t record_count;
};

/* One address to connect to, PROBE_ROUNDS times. */
struct endpoint {
	size_t request;
	const struct service *service;
	struct address address;
	struct showing *rounds;
	/* Where it has nothing of the wanted family: with all of them. */
	struct showing *any;
};

struct probing {
	struct world *world;
	const struct config *config;
	struct probe_request *requests;
	struct service *services;
	size_t service_count;
	struct endpoint *endpoints;
	size_t endpoint_count;
	struct showing *showings;
	struct showing *again;
	size_t again_count;
};

/* Adds the services that request number REQUEST speaks of. */
void probe_add_services(struct probing *probing, size_t request);
/* PROBE shows what is presented for at least one record of TARGET. One that
 * does not, a port behind a balancer perhaps, stands for all of them. */
bool probe_shows_any(const struct config_target *target,
		     const struct config_probe *probe);
/* Is SERVICE one that clients of SPEC's record connect to? */
bool probe_concerns(const struct config_target *target,
		    const struct service *service,
		    const struct config_spec *spec);
/* Gives SERVICE the records of what REQUEST wants that clients who connect to
 * it look at: as far as there can be any, in the order of its specs. */
void probe_add_records(const struct probe_request *request,
		       struct service *service);
/* What speaks against what VISIT to SERVICE was shown, allocated; NULL: it is
 * what REQUEST wants, and clients of its records accept it. */
char *probe_judge_chain(const struct probe_request *request,
			const struct service *service,
			const struct showing *showing);
/* TLS began, and no handshake came of it with a key of the wanted family: not
 * every service says why. */
bool probe_may_lack_family(const struct showing *showing);
/* Does anything speak against this one round? */
bool probe_round_is_bad(const struct probing *probing,
			const struct endpoint *endpoint,
			const struct showing *round);
/*
 * As what ENDPOINT counts where something speaks against it: the worst of its
 * rounds. A service that has no key of the wanted family, but presents what
 * another target has in service, with its records at the same owner, does not
 * know the new lineage yet: it counts as no answer.
 */
enum probe_verdict probe_class(const struct probing *probing,
			       const struct endpoint *endpoint);
/* What it is for those who begin to look at records of ours. */
enum visit_verdict probe_visit(const struct probing *probing,
			       const struct endpoint *endpoint);
/* "mail.example.com. [192.0.2.1]:443", allocated. */
char *probe_where(const struct endpoint *endpoint);
/* What speaks against this endpoint, with its name, allocated; NULL: all of
 * its rounds presented what the request wants. */
char *probe_judge(const struct probing *probing,
		  const struct endpoint *endpoint);
