/* SPDX-License-Identifier: MIT */
#include "cert/chain_wire.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "cert/chain_internal.h"

#define CERTIFICATE_LEAST 24	/* octets, empty */
#define SUBJECT_MAX PEM_SIZE_MAX

static void put_certificate(struct octets *octets,
			    const struct certificate *certificate)
{
	octets_put_block(octets, certificate->der, certificate->der_size);
	octets_put_block(octets, certificate->spki, certificate->spki_size);
	octets_put_text(octets, certificate->subject);
}

void chain_put(struct octets *octets, const struct chain *chain)
{
	octets_put_number(octets, chain->family);
	octets_put_number(octets, (uint64_t)chain->not_before_seconds);
	octets_put_number(octets, (uint64_t)chain->not_after_seconds);
	octets_put_number(octets, chain->count);
	for (size_t i = 0; i < chain->count; i++)
		put_certificate(octets, &chain->certificates[i]);
}

static void take_certificate(struct octets_reader *reader,
			     struct certificate *certificate)
{
	certificate->der = octets_block(reader, CERTIFICATES_SIZE_MAX,
					&certificate->der_size);
	certificate->spki = octets_block(reader, CERTIFICATES_SIZE_MAX,
					 &certificate->spki_size);
	certificate->subject = octets_text_given(reader, SUBJECT_MAX);
	if (!certificate->der)
		reader->bad = true;
}

struct chain *chain_take(struct octets_reader *reader)
{
	struct chain *chain = xcalloc(1, sizeof(*chain));
	size_t count;

	chain->family = (enum key_family)octets_number(reader, KEY_EDDSA);
	chain->not_before_seconds = octets_seconds(reader);
	chain->not_after_seconds = octets_seconds(reader);
	count = octets_count(reader, CERTIFICATES_SIZE_MAX, CERTIFICATE_LEAST);
	for (size_t i = 0; i < count && !reader->bad; i++)
		take_certificate(reader, array_push(chain->certificates,
						    chain->count));
	if (reader->bad || count == 0 || !chain->certificates[0].spki) {
		reader->bad = true;
		chain_free(chain);
		return NULL;
	}
	chain_take_digests(chain);
	return chain;
}
