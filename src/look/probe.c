/* SPDX-License-Identifier: MIT */
#include "look/probe_internal.h"

#include "base/bounds.h"
#include "base/name.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "errand/resolve.h"

#include <stdlib.h>

/* ---- Where it is ------------------------------------------------------ */

static bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
	const char *x = a->service->server_name, *y = b->service->server_name;

	return a->request == b->request &&
	       a->service->application == b->service->application &&
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

/* REQUEST cannot be proven; of several reasons the first of the worst is
 * kept. */
static void fail(struct probe_request *request, enum probe_verdict verdict,
		 char *reason)
{
	if (request->detail && request->verdict >= verdict) {
		free(reason);
		return;
	}
	free(request->detail);
	request->detail = reason;
	request->verdict = verdict;
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

/* Its addresses may be known to others. */
static void fail_unresolved(struct probe_request *request,
			    const struct service *service)
{
	char *what = xasprintf("%s has no address that could be found, so its "
			       "port %u cannot be probed", service->host,
			       service->port);

	visits_add(&request->visits, VISIT_SILENT,
		   xasprintf("%s:%u", service->host, service->port),
		   xstrdup(what));
	fail(request, PROBE_NO_ANSWER, what);
}

static void add_resolved(struct probing *probing,
			 const struct service *service,
			 const struct address *addresses, size_t count)
{
	if (count == 0)
		fail_unresolved(&probing->requests[service->request], service);
	for (size_t i = 0; i < count; i++)
		add_endpoint(probing, service, addresses[i]);
}

static void find_endpoints(struct probing *probing)
{
	size_t n;
	const char **hosts = list_hosts(probing, &n);
	struct address **addresses = xcalloc(n, sizeof(*addresses));
	size_t *counts = xcalloc(n, sizeof(*counts));
	const struct errand_desk desk = { probing->world, probing->config,
					  NULL };

	errand_resolve(&desk, hosts, n, addresses, counts);
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
			     PROBE_NO_ANSWER,
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

static struct showing showing_for(const struct probing *probing,
			      const struct endpoint *endpoint)
{
	const struct service *service = endpoint->service;
	const struct chain *wanted =
		probing->requests[endpoint->request].wanted;

	return (struct showing){
		.handshake = {
			.server = endpoint->address,
			.server_name = service->server_name,
			.application = service->application,
			.family = wanted->family,
			.timeout_ms = service->application ==
				      APPLICATION_TLS ? HANDSHAKE_TIMEOUT_MS :
							STARTTLS_TIMEOUT_MS,
		},
		.wanted = wanted->leaf,
		.records = service->records,
		.record_count = service->record_count,
	};
}

static void show_all(const struct probing *probing, struct showing *showings,
		      size_t n)
{
	const struct errand_desk desk = { probing->world, probing->config,
					  NULL };

	errand_show(&desk, showings, n);
}

static void connect_all(struct probing *probing)
{
	size_t n = probing->endpoint_count * PROBE_ROUNDS;

	probing->showings = xcalloc(n, sizeof(struct showing));
	for (size_t i = 0; i < n; i++) {
		struct endpoint *endpoint =
			&probing->endpoints[i / PROBE_ROUNDS];

		endpoint->rounds = &probing->showings[i / PROBE_ROUNDS *
						    PROBE_ROUNDS];
		probing->showings[i] = showing_for(probing, endpoint);
	}
	show_all(probing, probing->showings, n);
}

/* A service without a key of the wanted family presents something else: once
 * with all families, to say what. */
static void connect_again(struct probing *probing)
{
	size_t n = 0;

	probing->again = xcalloc(probing->endpoint_count,
				 sizeof(struct showing));
	for (size_t i = 0; i < probing->endpoint_count; i++) {
		struct endpoint *endpoint = &probing->endpoints[i];
		bool lacks = false;

		for (int k = 0; k < PROBE_ROUNDS; k++)
			lacks |= probe_may_lack_family(&endpoint->rounds[k]);
		if (!lacks)
			continue;
		endpoint->any = &probing->again[n++];
		*endpoint->any = showing_for(probing, endpoint);
		endpoint->any->handshake.family = KEY_ANY;
	}
	probing->again_count = n;
	show_all(probing, probing->again, n);
}

/* ---- What came -------------------------------------------------------- */

static void judge_endpoint(struct probing *probing,
			   const struct endpoint *endpoint)
{
	struct probe_request *request = &probing->requests[endpoint->request];
	char *reason = probe_judge(probing, endpoint);

	visits_add(&request->visits, probe_visit(probing, endpoint),
		   probe_where(endpoint), reason ? xstrdup(reason) : NULL);
	if (reason)
		fail(request, probe_class(probing, endpoint), reason);
	else if (request->verdict == PROBE_UNSEEN)
		request->verdict = PROBE_SAW_NEW;
}

/* What was seen is as wanted; but was all seen? */
static void explain_rest(struct probe_request *request)
{
	char *unseen = config_unprobed(request->target);
	char hex[FINGERPRINT_TEXT_SIZE];

	if (unseen && request->verdict == PROBE_SAW_NEW)
		request->verdict = PROBE_UNSEEN;
	if (!request->detail && unseen)
		request->detail = xasprintf("not probed: %s", unseen);
	else if (!request->detail && request->verdict == PROBE_UNSEEN)
		request->detail = xstrdup("there is no port that could be "
					  "probed");
	else if (!request->detail)
		request->detail = xasprintf(
			"every endpoint presents %.8s..",
			fingerprint_format(&request->wanted->leaf, hex));
	free(unseen);
}

static void service_clear(struct service *service)
{
	for (size_t i = 0; i < service->record_count; i++)
		tlsa_clear(&service->records[i].record);
	free(service->records);
	free(service->host);
	free(service->server_name);
}

static void probing_clear(struct probing *probing)
{
	for (size_t i = 0; i < probing->endpoint_count * PROBE_ROUNDS; i++)
		showing_clear(&probing->showings[i]);
	for (size_t i = 0; i < probing->again_count; i++)
		showing_clear(&probing->again[i]);
	for (size_t i = 0; i < probing->service_count; i++)
		service_clear(&probing->services[i]);
	free(probing->showings);
	free(probing->again);
	free(probing->endpoints);
	free(probing->services);
}

void probe_run(struct world *world, const struct config *config,
	       struct probe_request *requests, size_t n)
{
	struct probing probing = { .world = world, .config = config,
				   .requests = requests };

	for (size_t i = 0; i < n; i++) {
		requests[i].verdict = PROBE_UNSEEN;
		requests[i].detail = NULL;
		requests[i].visits = (struct visits){ NULL, 0 };
		probe_add_services(&probing, i);
	}
	for (size_t i = 0; i < probing.service_count; i++)
		probe_add_records(&requests[probing.services[i].request],
				  &probing.services[i]);
	find_endpoints(&probing);
	connect_all(&probing);
	connect_again(&probing);
	for (size_t i = 0; i < probing.endpoint_count; i++)
		judge_endpoint(&probing, &probing.endpoints[i]);
	for (size_t i = 0; i < n; i++)
		explain_rest(&requests[i]);
	probing_clear(&probing);
}
