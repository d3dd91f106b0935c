/* A list that is accepted prints, or is refused by the writer; what is
 * printed is the same list again. */
#include "core/list/task.h"
#include "fuzz.h"

static void check_same(const struct task *a, const struct task *b)
{
	MUST(a->number == b->number && a->priority == b->priority);
	MUST(a->requires_approval == b->requires_approval);
	MUST(a->timeout == b->timeout && a->criteria.n == b->criteria.n);
	MUST(str_equal(a->title, b->title) && str_equal(a->type, b->type));
}

static void check_printed(const struct task_list *list)
{
	struct task_list again = TASK_LIST_INIT;
	struct faults f = FAULTS_INIT;
	struct buf text = BUF_INIT;

	if (task_list_print(&text, NULL, list, NULL) == 0) {
		MUST(
		    task_list_parse(&again, "a", text.data, text.len, &f) == 0);
		MUST(again.n == list->n);
		for (size_t i = 0; i < list->n; i++)
			check_same(&list->v[i], &again.v[i]);
	}
	MUST(text.len == 0 || again.n > 0);
	task_list_release(&again);
	faults_release(&f);
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct task_list list = TASK_LIST_INIT;
	struct faults f = FAULTS_INIT;
	int rc = task_list_parse(&list, "a", (const char *)bytes, n, &f);

	MUST((rc == 0) == (f.count == 0) && (rc == 0) == (list.n > 0));
	if (rc == 0)
		check_printed(&list);
	task_list_release(&list);
	faults_release(&f);
	return 0;
}
