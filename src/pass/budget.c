/* SPDX-License-Identifier: MIT */
#include "pass/budget.h"

#include "base/bounds.h"

/* After this deploy begins no further batch: certbot waits for it. */
#define DEPLOY_WORK_MS 25000
/* ... and no program of that batch takes longer than until then. */
#define DEPLOY_PROGRAM_MS 35000

void budget_begin(struct budget *budget)
{
	struct moment now;

	budget->world->now(budget->world, &now);
	budget->begun_ms = now.boot_ms;
}

static int64_t worked_ms(const struct budget *budget)
{
	struct moment now;

	budget->world->now(budget->world, &now);
	return now.boot_ms - budget->begun_ms;
}

bool budget_is_spent(const struct budget *budget)
{
	return budget->command == COMMAND_DEPLOY &&
	       worked_ms(budget) > DEPLOY_WORK_MS;
}

unsigned budget_program_ms(const struct budget *budget)
{
	if (budget->command != COMMAND_DEPLOY)
		return EXEC_TIMEOUT_MS;
	return budget_is_spent(budget) ? 0 :
	       (unsigned)(DEPLOY_PROGRAM_MS - worked_ms(budget));
}
