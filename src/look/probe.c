/* SPDX-License-Identifier: MIT */
#include "look/probe.h"

#include "base/bounds.h"
#include "base/name.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "dns/zone.h"

#include <stdlib.h>

#define DANE_EE 3

/* A service that a request speaks of; its addresses are still to be found
 * where HOST is set. */
struct service {
	size_t request;
	char *host;			/* canonical name, or NULL */
	struct address address;		/* else this */
	uint16_t port;
	char *server_name;		/* SNI, or NULL */
};

/* One address to connect to, PROBE_ROUNDS times. */
struct endpoint {
	size_t request;
	const struct service *service;
	struct address address;
	struct handshake *rounds;
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
};

/* ---- What to ask ------------------------------------------------------ */

/* Ports whose service begins in the clear. */
static bool port_starts_clear(uint16_t port)
{
	static const uint16_t ports[] = { 25, 110, 143, 587, 4190, 5222,
					  5269 };

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		if (ports[i] == port)
			return true;
	}
	return false;
}

static bool spec_is_probed(const struct config_spec *spec)
{
	return streq(spec->protocol, "tcp") && !port_starts_clear(spec->port);
}

/* NULL: TLS has no name for that. */
static char *sni_of(const char *host)
{
	return *host && !streq(host, ".") ? name_undotted(host) : NULL;
}

static void add_auto(struct probing *probing, size_t request)
{
	const struct config_target *target = probing->requests[request].target;

	for (size_t i = 0; i < target->spec_count; i++) {
		const struct config_spec *spec = &target->specs[i];
		struct service *service;

		if (!spec_is_probed(spec))
			continue;
		service = array_push(probing->services,
				     probing->service_count);
		service->request = request;
		service->host = xstrdup(spec->host);
		service->port = spec->port;
		service->server_name = sni_of(spec->host);
	}
}

/* A listed address is asked for the target's first host. */
static void add_listed(struct probing *probing, size_t request)
{
	const struct config_target *target = probing->requests[request].target;

	for (size_t i = 0; i < target->probe_count; i++) {
		const struct config_probe *probe = &target->probes[i];
		struct service *service = array_push(probing->services,
						     probing->service_count);

		service->request = request;
		service->port = probe->port;
		service->address = probe->address;
		if (probe->address.family == 0) {
			service->host = name_parse(probe->host);
			service->server_name = sni_of(service->host ?
						      service->host :
						      probe->host);
		} else if (target->spec_count) {
			service->server_name = sni_of(target->specs[0].host);
		}
	}
}

static void add_services(struct probing *probing, size_t request)
{
	switch (probing->requests[request].target->probe) {
	case CONFIG_PROBE_AUTO:
		add_auto(probing, request);
		return;
	case CONFIG_PROBE_LIST:
		add_listed(probing, request);
		return;
	case CONFIG_PROBE_OFF:
		return;
	}
}

/* ---- Where it is ------------------------------------------------------ */

static bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
	const char *x = a->service->server_name, *y = b->service->server_name;

	return a->request == b->request &&
	       address_equal(&a->address, &b->address) &&
	       ((!x && !y) || streq(x, y));
}

static void add_endpoint(struct probing *probing,
			 const struct service *service,
			 struct address address)
{
	struct endpoint new = { .request = service->request,
				.service = service, .address = address };

	new.address.port = service->port;
	/* Services of one request stand together, and so do endpoints. */
	for (size_t i = probing->endpoint_count; i-- > 0;) {
		const struct endpoint *other = &probing->endpoints[i];

		if (other->request != new.request)
			break;
		if (same_endpoint(other, &new))
			return;
	}
	*array_push(probing->endpoints, probing->endpoint_count) = new;
}

/* REQUEST cannot be proven; the first reason is kept. */
static void fail(struct probe_request *request, char *reason)
{
	request->verdict = PROBE_SAW_OTHER;
	if (request->detail)
		free(reason);
	else
		request->detail = reason;
}

/* The hosts of all services, sorted, each once. */
static const char **list_hosts(const struct probing *probing, size_t *count)
{
	const char **hosts = xcalloc(probing->service_count, sizeof(*hosts));
	size_t n = 0, unique = 0;

	for (size_t i = 0; i < probing->service_count; i++) {
		if (probing->services[i].host)
			hosts[n++] = probing->services[i].host;
	}
	qsort(hosts, n, sizeof(*hosts), text_compare);
	for (size_t i = 0; i < n; i++) {
		if (unique == 0 || !streq(hosts[unique - 1], hosts[i]))
			hosts[unique++] = hosts[i];
	}
	*count = unique;
	return hosts;
}

static void add_resolved(struct probing *probing,
			 const struct service *service,
			 const struct address *addresses, size_t count)
{
	if (count == 0)
		fail(&probing->requests[service->request],
		     xasprintf("%s has no address that could be found, so its "
			       "port %u cannot be probed", service->host,
			       service->port));
	for (size_t i = 0; i < count; i++)
		add_endpoint(probing, service, addresses[i]);
}

static void find_endpoints(struct probing *probing)
{
	size_t n;
	const char **hosts = list_hosts(probing, &n);
	struct address **addresses = xcalloc(n, sizeof(*addresses));
	size_t *counts = xcalloc(n, sizeof(*counts));

	if (n)
		zone_resolve_hosts(probing->world, probing->config, hosts, n,
				   0, addresses, counts);
	for (size_t i = 0; i < probing->service_count; i++) {
		const struct service *service = &probing->services[i];
		const char **found = service->host ?
			bsearch(&service->host, hosts, n, sizeof(*hosts),
				text_compare) : NULL;

		if (found)
			add_resolved(probing, service,
				     addresses[found - hosts],
				     counts[found - hosts]);
		else if (service->address.family)
			add_endpoint(probing, service, service->address);
		else
			fail(&probing->requests[service->request],
			     xasprintf("%s in `probe` is no host name",
				       service->server_name ?
				       service->server_name : "\"\""));
	}
	for (size_t i = 0; i < n; i++)
		free(addresses[i]);
	free(addresses);
	free(counts);
	free(hosts);
}

static void connect_all(struct probing *probing)
{
	size_t n = probing->endpoint_count * PROBE_ROUNDS;

	probing->handshakes = xcalloc(n, sizeof(struct handshake));
	for (size_t i = 0; i < n; i++) {
		struct endpoint *endpoint =
			&probing->endpoints[i / PROBE_ROUNDS];

		endpoint->rounds = &probing->handshakes[i / PROBE_ROUNDS *
							PROBE_ROUNDS];
		probing->handshakes[i] = (struct handshake){
			.server = endpoint->address,
			.server_name = endpoint->service->server_name,
			.family = probing->requests[endpoint->request]
				.wanted->family,
			.timeout_ms = HANDSHAKE_TIMEOUT_MS,
		};
	}
	if (n)
		probing->world->handshake(probing->world,
					  probing->handshakes, n);
}

/* ---- What came -------------------------------------------------------- */

static char *explain_outcome(const struct handshake *handshake)
{
	const char *what = "does not answer";

	switch (handshake->outcome) {
	case OUTCOME_CLOSED:
		what = "refuses connections";
		break;
	case OUTCOME_UNREACHABLE:
		what = "cannot be reached from here";
		break;
	case OUTCOME_GARBLED:
		what = "completes no TLS handshake with a key of this type";
		break;
	case OUTCOME_FAILED:
		what = "could not be asked for want of resources here";
		break;
	case OUTCOME_TOO_LARGE:
		what = "sends too much";
		break;
	case OUTCOME_ANSWERED:
	case OUTCOME_SILENT:
		break;
	}
	if (handshake->error)
		return xasprintf("%s (%s)", what, strerror(handshake->error));
	return xstrdup(what);
}

static bool chain_has(const struct chain *chain,
		      const struct certificate *wanted)
{
	for (size_t i = 1; i < chain->count; i++) {
		const struct certificate *one = &chain->certificates[i];

		if (one->der_size == wanted->der_size &&
		    memcmp(one->der, wanted->der, wanted->der_size) == 0)
			return true;
	}
	return false;
}

/* Only usage 3 does without the issuers. */
static bool needs_issuers(const struct config_target *target)
{
	for (size_t i = 0; i < target->spec_count; i++) {
		if (target->specs[i].params.usage != DANE_EE)
			return true;
	}
	return false;
}

static char *explain_leaf(const struct chain *have, const struct chain *want)
{
	char a[FINGERPRINT_TEXT_SIZE], b[FINGERPRINT_TEXT_SIZE];

	return xasprintf("presents %.8s.. (want %.8s..)",
			 fingerprint_format(&have->leaf, a),
			 fingerprint_format(&want->leaf, b));
}

static char *judge_chain(const struct probe_request *request,
			 const struct chain *presented)
{
	const struct chain *wanted = request->wanted;

	if (!fingerprint_equal(&presented->leaf, &wanted->leaf))
		return explain_leaf(presented, wanted);
	if (!needs_issuers(request->target))
		return NULL;
	for (size_t i = 1; i < wanted->count; i++) {
		if (!chain_has(presented, &wanted->certificates[i]))
			return xasprintf(
				"presents the right certificate without its "
				"issuer %s; let it serve fullchain.pem",
				wanted->certificates[i].subject);
	}
	return NULL;
}

/* What speaks against this handshake, allocated; NULL: nothing. */
static char *judge_handshake(const struct probe_request *request,
			     const struct handshake *handshake)
{
	struct chain *presented = NULL;
	enum chain_error error;
	char *reason;

	if (handshake->outcome != OUTCOME_ANSWERED)
		return explain_outcome(handshake);
	error = chain_parse(handshake->chain_pem, handshake->chain_pem_size,
			    &presented);
	if (error != CHAIN_OK)
		return xasprintf("presents a chain that cannot be used: %s",
				 chain_error_text(error));
	reason = judge_chain(request, presented);
	chain_free(presented);
	return reason;
}

/* "mail.example.com. [192.0.2.1]:443", allocated. */
static char *endpoint_text(const struct endpoint *endpoint)
{
	struct address bare = endpoint->address;
	char text[ADDRESS_TEXT_MAX];
	const char *host = endpoint->service->host;

	bare.port = 0;
	address_format(&bare, text);
	return xasprintf("%s%s[%s]:%u", host ? host : "", host ? " " : "",
			 text, endpoint->address.port);
}

static void judge_endpoint(struct probing *probing,
			   const struct endpoint *endpoint)
{
	struct probe_request *request = &probing->requests[endpoint->request];
	char *reason = NULL, *name;

	for (int i = 0; i < PROBE_ROUNDS && !reason; i++)
		reason = judge_handshake(request, &endpoint->rounds[i]);
	if (reason) {
		name = endpoint_text(endpoint);
		fail(request, xasprintf("%s %s", name, reason));
		free(name);
		free(reason);
	} else if (request->verdict == PROBE_IMPOSSIBLE) {
		request->verdict = PROBE_SAW_NEW;
	}
}

static void explain_rest(struct probe_request *request)
{
	char hex[FINGERPRINT_TEXT_SIZE];

	if (request->detail)
		return;
	if (request->verdict == PROBE_IMPOSSIBLE)
		request->detail = xstrdup("there is no port that could be "
					  "probed");
	else
		request->detail = xasprintf(
			"every endpoint presents %.8s..",
			fingerprint_format(&request->wanted->leaf, hex));
}

static void probing_clear(struct probing *probing)
{
	for (size_t i = 0; i < probing->endpoint_count * PROBE_ROUNDS; i++)
		free(probing->handshakes[i].chain_pem);
	for (size_t i = 0; i < probing->service_count; i++) {
		free(probing->services[i].host);
		free(probing->services[i].server_name);
	}
	free(probing->handshakes);
	free(probing->endpoints);
	free(probing->services);
}

void probe_run(struct world *world, const struct config *config,
	       struct probe_request *requests, size_t n)
{
	struct probing probing = { .world = world, .config = config,
				   .requests = requests };

	for (size_t i = 0; i < n; i++) {
		requests[i].verdict = PROBE_IMPOSSIBLE;
		requests[i].detail = NULL;
		add_services(&probing, i);
	}
	find_endpoints(&probing);
	connect_all(&probing);
	for (size_t i = 0; i < probing.endpoint_count; i++)
		judge_endpoint(&probing, &probing.endpoints[i]);
	for (size_t i = 0; i < n; i++)
		explain_rest(&requests[i]);
	probing_clear(&probing);
}
