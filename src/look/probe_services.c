/* SPDX-License-Identifier: MIT */
#include "look/probe_internal.h"

#include "base/name.h"
#include "base/text.h"
#include "base/xalloc.h"

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

		if (!config_is_probed(spec) || spec->port == CONFIG_PORT_ANY)
			continue;
		service = array_push(probing->services,
				     probing->service_count);
		service->request = request;
		service->host = xstrdup(spec->host);
		service->port = spec->port;
		service->application = application_of_port(spec->port);
		service->server_name = sni_of(spec->host);
	}
}

/* As clients of BASE would ask at a listed address. */
static void add_address(struct probing *probing, size_t request,
			const struct config_probe *probe, const char *base)
{
	struct service *service = array_push(probing->services,
					     probing->service_count);

	*service = (struct service){
		.request = request, .address = probe->address,
		.port = probe->port, .application = probe->application,
		.probe = probe, .base = base,
	};
	if (probe->domain)
		service->server_name = sni_of(probe->domain);
	else if (base)
		service->server_name = sni_of(base);
}

/* For every host whose service it is; if it is nobody's, for each host. */
static void add_addresses(struct probing *probing, size_t request,
			  const struct config_probe *probe)
{
	const struct config_target *target = probing->requests[request].target;
	bool shows = probe_shows_any(target, probe);
	struct texts hosts = { .items = NULL };

	for (size_t i = 0; i < target->spec_count; i++) {
		const struct config_spec *spec = &target->specs[i];

		if (texts_has(&hosts, spec->host) ||
		    (shows && !config_probe_shows(target, probe, spec)))
			continue;
		texts_add(&hosts, spec->host);
		add_address(probing, request, probe, spec->host);
	}
	if (hosts.count == 0)
		add_address(probing, request, probe, NULL);
	texts_clear(&hosts);
}

static void add_name(struct probing *probing, size_t request,
		     const struct config_probe *probe)
{
	struct service *service = array_push(probing->services,
					     probing->service_count);
	char *host = name_parse(probe->host);

	*service = (struct service){
		.request = request, .host = host,
		.port = probe->port, .application = probe->application,
		.probe = probe,
		.server_name = sni_of(probe->domain ? probe->domain :
				      host ? host : probe->host),
	};
}

static void add_listed(struct probing *probing, size_t request)
{
	const struct config_target *target = probing->requests[request].target;

	for (size_t i = 0; i < target->probe_count; i++) {
		const struct config_probe *probe = &target->probes[i];

		if (probe->address.family)
			add_addresses(probing, request, probe);
		else
			add_name(probing, request, probe);
	}
}

void probe_add_services(struct probing *probing, size_t request)
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
