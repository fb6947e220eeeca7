/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/address.h"
#include "base/octets.h"

/* Addresses as octets, from one process to another. */
void address_put(struct octets *octets, const struct address *address);
/* Family 0 only where it MAY_BE_NONE. */
struct address address_take(struct octets_reader *reader, bool may_be_none);
