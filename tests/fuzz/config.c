/* config.yaml, and behind a 0x01 .env: faults with their lines, or a
 * configuration that prints as YAML. */
#include "base/durable.h"
#include "fuzz.h"
#include "store/config.h"
#include "store/yaml.h"

#include <sys/stat.h>
#include <unistd.h>

static void enter_folder(void)
{
	static char name[] = "/tmp/orchestrator-fuzz-XXXXXX";

	if (name[sizeof(name) - 2] != 'X')
		return;
	MUST(mkdtemp(name) != NULL && chdir(name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const char *text = (const char *)bytes, *cut = memchr(text, 1, n);
	size_t yaml = cut == NULL ? n : (size_t)(cut - text);
	struct config c = CONFIG_INIT;
	struct faults f = FAULTS_INIT;
	struct buf out = BUF_INIT;
	struct node *root = NULL;

	enter_folder();
	unlink(".env");
	MUST(durable_write("config.yaml", text, yaml, 0600, NULL) == 0);
	if (cut != NULL)
		MUST(durable_write(".env", cut + 1, n - yaml - 1, 0600, NULL) ==
		     0);
	if (config_load(&c, "config.yaml", &f, NULL) == CONFIG_OK) {
		config_print(&out, &c);
		MUST(node_parse(&root, "a", out.data, out.len, &f) == 0);
	} else {
		MUST(f.count > 0 && f.lines.n > 0);
	}
	node_free(root);
	config_release(&c);
	faults_release(&f);
	buf_release(&out);
	return 0;
}
