/* SPDX-License-Identifier: MIT */
#include "look/probe_internal.h"

#include "base/xalloc.h"
#include "unit.h"

static struct config_spec spec_of(const char *host, uint16_t port)
{
	return (struct config_spec){ .host = lent(host), .port = port,
				     .protocol = "tcp" };
}

static const struct address listed = { .family = 4,
				       .bytes = { 192, 0, 2, 9 } };

struct want {
	const char *host;		/* NULL: the address above */
	uint16_t port;
	enum application application;
	const char *server_name, *base;
};

static void check_text(const char *got, const char *want)
{
	if (!got != !want || (want && !streq(got, want)))
		fail_msg("\"%s\", want \"%s\"", got ? got : "",
			 want ? want : "");
}

static void check(const struct config_target *target, const struct want *want,
		  size_t n)
{
	struct probe_request request = { .target = target };
	struct probing probing = { .requests = &request };

	probe_add_services(&probing, 0);
	assert_int_equal(probing.service_count, n);
	for (size_t i = 0; i < n; i++) {
		struct service *service = &probing.services[i];

		check_text(service->host, want[i].host);
		check_text(service->server_name, want[i].server_name);
		check_text(service->base, want[i].base);
		assert_int_equal(service->port, want[i].port);
		assert_int_equal(service->application, want[i].application);
		if (!want[i].host)
			assert_true(address_equal(&service->address, &listed));
		free(service->host);
		free(service->server_name);
	}
	free(probing.services);
}

/* ---- Tests -------------------------------------------------------------- */

TEST(of_tlsa)
{
	struct config_spec specs[] = { spec_of("a.test.", 25),
				       spec_of("b.test.", 443),
				       spec_of("b.test.", 853) };
	struct config_target target = { .specs = specs, .spec_count = 3 };
	const struct want want[] = {
		{ "a.test.", 25, APPLICATION_SMTP, "a.test", NULL },
		{ "b.test.", 443, APPLICATION_TLS, "b.test", NULL },
	};

	specs[2].protocol = "udp";
	check(&target, want, 2);
	target.probe = CONFIG_PROBE_OFF;
	check(&target, NULL, 0);
}

/* A listed address is asked as clients of each host would. */
TEST(address)
{
	struct config_spec specs[] = { spec_of("a.test.", 25),
				       spec_of("b.test.", 25),
				       spec_of("b.test.", 25),
				       spec_of("c.test.", 443) };
	struct config_probe probe = { .host = lent("192.0.2.9"), .port = 25,
				      .address = listed,
				      .application = APPLICATION_SMTP };
	struct config_target target = { .specs = specs, .spec_count = 4,
					.probe = CONFIG_PROBE_LIST,
					.probes = &probe, .probe_count = 1 };
	struct want want[] = {
		{ NULL, 25, APPLICATION_SMTP, "a.test", "a.test." },
		{ NULL, 25, APPLICATION_SMTP, "b.test", "b.test." },
		{ NULL, 25, APPLICATION_SMTP, "c.test", "c.test." },
	};

	check(&target, want, 2);
	/* A port that is nobody's stands for all. */
	probe.port = want[0].port = want[1].port = want[2].port = 26;
	check(&target, want, 3);
	target.spec_count = 0;
	want[0].server_name = want[0].base = NULL;
	check(&target, want, 1);
}

TEST(name)
{
	struct config_spec specs[] = { spec_of("a.test.", 25) };
	struct config_probe probes[] = {
		{ .host = lent("WWW.test"), .port = 443,
		  .application = APPLICATION_IMAP },
		{ .host = lent("no..name"), .port = 1 },
	};
	struct config_target target = { .specs = specs, .spec_count = 1,
					.probe = CONFIG_PROBE_LIST,
					.probes = probes, .probe_count = 1 };
	const struct want want = { "www.test.", 443, APPLICATION_IMAP,
				   "www.test", NULL };
	struct probe_request request = { .target = &target };
	struct probing probing = { .requests = &request };

	check(&target, &want, 1);
	target.probes = &probes[1];
	probe_add_services(&probing, 0);
	assert_null(probing.services[0].host);
	assert_string_equal(probing.services[0].server_name, "no..name");
	free(probing.services[0].server_name);
	free(probing.services);
}

/* An XMPP stream, and SNI, are for its domain. */
TEST(domain)
{
	struct config_spec specs[] = { spec_of("a.test.", 5222) };
	struct config_probe probes[] = {
		{ .host = lent("a.test."), .port = 5222,
		  .application = APPLICATION_XMPP_CLIENT,
		  .domain = lent("chat.test.") },
		{ .host = lent("192.0.2.9"), .port = 5222, .address = listed,
		  .application = APPLICATION_XMPP_CLIENT,
		  .domain = lent("chat.test.") },
	};
	struct config_target target = { .specs = specs, .spec_count = 1,
					.probe = CONFIG_PROBE_LIST,
					.probes = probes, .probe_count = 2 };
	const struct want want[] = {
		{ "a.test.", 5222, APPLICATION_XMPP_CLIENT, "chat.test", NULL },
		{ NULL, 5222, APPLICATION_XMPP_CLIENT, "chat.test",
		  "a.test." },
	};

	check(&target, want, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_tlsa),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
