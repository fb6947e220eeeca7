/* SPDX-License-Identifier: MIT */
#include "pass/budget.h"

#include "base/bounds.h"
#include "base/xalloc.h"

static int64_t boot_ms(const struct budget *budget)
{
	struct moment now;

	budget->world->now(budget->world, &now);
	return now.boot_ms;
}

static int64_t left_ms(const struct budget *budget)
{
	int64_t deadline_ms = budget->world->deadline_ms;

	return deadline_ms ? deadline_ms - boot_ms(budget) : INT64_MAX;
}

/* ---- The whole -------------------------------------------------------- */

static void end_after(const struct budget *budget, unsigned milliseconds)
{
	budget->world->deadline_ms = milliseconds ?
		budget->begun_ms + milliseconds : 0;
}

void budget_begin(struct budget *budget)
{
	budget->begun_ms = boot_ms(budget);
	end_after(budget, budget->calling->work_ms);
}

void budget_tell(struct budget *budget)
{
	end_after(budget, budget->calling->time_ms);
}

void budget_end(struct budget *budget)
{
	end_after(budget, 0);
}

/* ---- Stages ----------------------------------------------------------- */

/* What may take so long that one alone is worth waiting for has the larger
 * part; what is asked of many at once, the smaller. */
static int64_t share_ms(const struct budget *budget, enum budget_stage stage)
{
	int64_t left = left_ms(budget);

	switch (stage) {
	case BUDGET_RELOADS:
	case BUDGET_CHANGES:
		return left / 3 * 2;
	case BUDGET_SURVEY:
	case BUDGET_PROBES:
	case BUDGET_STAGES:
		break;
	}
	return left / 2;
}

void budget_stage_begin(struct budget *budget, enum budget_stage stage)
{
	budget->stage = stage;
	budget->stage_begun_ms = boot_ms(budget);
	if (budget->world->deadline_ms)
		budget->world->deadline_ms = budget->stage_begun_ms +
					     share_ms(budget, stage);
}

bool budget_stage_is_over(const struct budget *budget)
{
	return left_ms(budget) <= 0;
}

bool budget_stage_end(struct budget *budget)
{
	bool over = budget_stage_is_over(budget);

	budget->spent_ms[budget->stage] += boot_ms(budget) -
					   budget->stage_begun_ms;
	if (budget->stage == BUDGET_SURVEY || budget->stage == BUDGET_PROBES)
		budget->is_cut |= over;
	end_after(budget, budget->calling->work_ms);
	return over;
}

/* ---- Is there any left? ------------------------------------------------ */

static bool is_wanted(struct budget *budget)
{
	if (budget->lock_dir >= 0 && !budget->calling->is_hook &&
	    !budget->gives_way)
		budget->gives_way = budget->world->lock_held(budget->world,
			budget->lock_dir, LOCK_NAME ".wanted") == 1;
	return budget->gives_way;
}

bool budget_is_spent(struct budget *budget)
{
	return left_ms(budget) < STAGE_MS_MIN || is_wanted(budget);
}

unsigned budget_program_ms(struct budget *budget, unsigned most_ms)
{
	int64_t left = left_ms(budget);

	if (left < PROGRAM_MS_MIN || is_wanted(budget))
		return 0;
	return left < most_ms ? (unsigned)left : most_ms;
}

/* ---- In words ---------------------------------------------------------- */

static enum budget_stage longest(const struct budget *budget)
{
	enum budget_stage most = BUDGET_RELOADS;

	for (enum budget_stage i = 0; i < BUDGET_STAGES; i++)
		if (budget->spent_ms[i] > budget->spent_ms[most])
			most = i;
	return most;
}

static const char *stage_text(enum budget_stage stage)
{
	switch (stage) {
	case BUDGET_RELOADS:
		return "reloads and this machine's disk";
	case BUDGET_CHANGES:
		return "updates and the programs that publish";
	case BUDGET_SURVEY:
		return "the answers of name servers";
	case BUDGET_PROBES:
	case BUDGET_STAGES:
		break;
	}
	return "the answers of services";
}

char *budget_explain(const struct budget *budget)
{
	enum budget_stage most = longest(budget);

	if (budget->gives_way)
		return xstrdup("another alnitak waits for the lock: ends here, "
			       "and what is left is for the next run");
	if (!budget->is_cut)
		return NULL;
	return xasprintf("out of time: of the %u s that a command has, %lld s "
			 "went into %s; what was not reached was not looked "
			 "at, and goes first in the next run",
			 budget->calling->work_ms / 1000,
			 (long long)budget->spent_ms[most] / 1000,
			 stage_text(most));
}
