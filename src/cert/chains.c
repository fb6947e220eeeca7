/* SPDX-License-Identifier: MIT */
#include "cert/chains.h"

#include "base/xalloc.h"

#include <stdlib.h>

void chains_add(struct chains *chains, struct chain *chain)
{
	*array_push(chains->items, chains->count) = chain;
}

void chains_add_once(struct chains *chains, struct chain *chain)
{
	for (size_t i = 0; i < chains->count; i++)
		if (chains->items[i] == chain)
			return;
	chains_add(chains, chain);
}

void chains_free(struct chains *chains)
{
	for (size_t i = 0; i < chains->count; i++)
		chain_free(chains->items[i]);
	chains_clear(chains);
}

void chains_clear(struct chains *chains)
{
	free(chains->items);
	*chains = (struct chains){ NULL, 0 };
}
