/* SPDX-License-Identifier: MIT */
#pragma once

#include "look/probe.h"

/* The parts of the probe: probe.c asks, probe_judge.c says what came. */

/* A service that a request speaks of; its addresses are still to be found
 * where HOST is set. */
struct service {
	size_t request;
	char *host;			/* canonical name, or NULL */
	struct address address;		/* else this */
	uint16_t port;
	enum application application;
	char *server_name;		/* SNI, or NULL */
};

/* One address to connect to, PROBE_ROUNDS times. */
struct endpoint {
	size_t request;
	const struct service *service;
	struct address address;
	struct handshake *rounds;
	/* Where it has nothing of the wanted family: with all of them. */
	struct handshake *any;
};

struct probing {
	struct world *world;
	const struct config *config;
	struct probe_request *requests;
	struct service *services;
	size_t service_count;
	struct endpoint *endpoints;
	size_t endpoint_count;
	struct handshake *handshakes;
	struct handshake *again;
	size_t again_count;
};

/* It speaks TLS, but not with a key of the wanted family. */
bool probe_lacks_family(const struct handshake *handshake);
/* What speaks against this endpoint, with its name, allocated; NULL: all of
 * its rounds presented what REQUEST wants. */
char *probe_judge(const struct probe_request *request,
		  const struct endpoint *endpoint);
