/* SPDX-License-Identifier: MIT */
#include "base/pem_kind.h"

const char *const pem_kind_names[PEM_LINKS] = {
	[PEM_CERT] = "cert",
	[PEM_CHAIN] = "chain",
	[PEM_FULLCHAIN] = "fullchain",
	[PEM_PRIVKEY] = "privkey",
	[PEM_COMBINED] = "combined",
};
