/* SPDX-License-Identifier: MIT */
#include "pass/budget.h"

#include "base/bounds.h"

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
	return budget->calling->work_ms &&
	       worked_ms(budget) > budget->calling->work_ms;
}

unsigned budget_program_ms(const struct budget *budget)
{
	if (!budget->calling->work_ms)
		return EXEC_TIMEOUT_MS;
	return budget_is_spent(budget) ? 0 :
	       (unsigned)(budget->calling->program_ms - worked_ms(budget));
}
