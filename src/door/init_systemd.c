/* init_systemd.c - the project as a service of a person without root: units
 * for systemd --user, and an nginx with the shipped site on a high port. */
#include "base/path.h"
#include "door/init_parts.h"
#include "store/config.h"

#include <sys/un.h>
#include <unistd.h>

static const char *const units[] = {
	"orchestrator.socket",
	"orchestrator.service",
	"orchestrator-supervisor.service",
	"orchestrator-nginx.service",
};

static const char *const snippets[] = {
	"orchestrator-errors.conf",
	"orchestrator-fastcgi.conf",
	"orchestrator-messages.conf",
	"orchestrator-refusal.conf",
	"orchestrator-tls.conf",
	"orchestrator-webhook.conf",
};

int init_services_possible(const struct init *in, struct error *err)
{
	/* Nothing that systemd or nginx would read as its own; beside these
	 * letters of any script. */
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._+@-";
	struct sockaddr_un address;
	size_t room = sizeof(address.sun_path) - strlen("/fcgi.sock");

	for (const char *p = in->dir; *p != '\0'; p++)
		if ((unsigned char)*p < 0x80 && strchr(allowed, *p) == NULL)
			return error_set(err,
			    "cannot make units for '%s': want a folder whose name has no blanks or signs",
			    in->dir);
	if (strlen(in->dir) >= room)
		return error_set(err,
		    "cannot make units for '%s': want a path of less than %zu bytes, for its socket",
		    in->dir, room);
	return 0;
}

char *init_own_path(void)
{
	char *path = path_own_program(NULL);

	return path != NULL ? path : xstrdup("/usr/bin/orchestrator");
}

/* PATH as it is now, for a unit: only what needs no quoting there. */
static const char *search_path(void)
{
	const char *path = getenv("PATH");

	for (const char *p = path; p != NULL && *p != '\0'; p++)
		if (strchr("\"\\%$\n", *p) != NULL)
			path = NULL;
	return path != NULL && path[0] != '\0' ? path
					       : "/usr/local/bin:/usr/bin:/bin";
}

static int make_filled(const struct init *in, const char *source,
    const char *name, struct error *err)
{
	char *text = xstrdup(init_text(source));
	char *program = init_own_path();
	int rc;

	init_fill(&text, "@DIR@", in->dir);
	init_fill(&text, "@PROGRAM@", program);
	init_fill(&text, "@PATH@", search_path());
	rc = init_file(in, name, text, 0644, err);
	free(program);
	free(text);
	return rc;
}

/* -- nginx ------------------------------------------------------------------
 */

/* include: where the snippets lie, in nginx's words. */
static int make_site(
    const struct init *in, const char *include, struct error *err)
{
	char *text = xstrdup(init_text("nginx/orchestrator.conf"));
	const char *dir = in->dir;
	struct {
		const char *key;
		char *to;
	} lines[] = {
		{ "listen [::]:", xstrdup("") },
		{ "return 301 ",
		    xstrdup(
			"return 301 https://$server_name:8443$request_uri;") },
		{ "listen 80;", xstrdup("listen 127.0.0.1:8080;") },
		{ "listen 443 ", xstrdup("listen 8443 ssl;") },
		{ "server_name orch", xstrdup("server_name localhost;") },
		{ "ssl_certificate /",
		    xasprintf("ssl_certificate %s/nginx/tls/cert.pem;", dir) },
		{ "ssl_certificate_key ",
		    xasprintf(
			"ssl_certificate_key %s/nginx/tls/key.pem;", dir) },
		{ "server unix:", xasprintf("server unix:%s/fcgi.sock;", dir) },
	};
	int rc;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		init_set(&text, lines[i].key, lines[i].to);
		free(lines[i].to);
	}
	init_fill(&text, "include snippets/", include);
	rc = init_file(in, "nginx/orchestrator.conf", text, 0644, err);
	free(text);
	return rc;
}

/* nginx's copy of the secrets, of the configuration as it now is. */
static int make_secret(const struct init *in, struct error *err)
{
	struct config c = CONFIG_INIT;
	struct faults f = FAULTS_INIT;
	struct buf text = BUF_INIT;
	char *path = path_join(in->dir, "config.yaml");
	int rc = 0;

	buf_adds(&text,
	    "# Who knows the webhook secret: one line for each of webhooks.secret.\n");
	switch (config_load(&c, path, &f, err)) {
	case CONFIG_OK:
		for (size_t i = 0; i < c.webhooks.secrets.n; i++)
			buf_addf(&text, "\"~^(?i:Bearer) +\\Q%s\\E$\" 1;\n",
			    c.webhooks.secrets.v[i]);
		rc = init_file(in, "nginx/snippets/orchestrator-secret.conf",
		    text.data, 0600, err);
		break;
	case CONFIG_FAULTY:
		rc = error_set(err, "%s", f.lines.v[0]);
		break;
	case CONFIG_UNREADABLE:
		rc = -1;
		break;
	}
	buf_release(&text);
	faults_release(&f);
	config_release(&c);
	free(path);
	return rc;
}

int init_services(const struct init *in, struct error *err)
{
	static const char *const folders[] = { "nginx", "nginx/snippets",
		"nginx/tls", "nginx/tmp" };
	char *include = xasprintf("include %s/nginx/snippets/", in->dir);
	int rc = init_folder(in, "systemd", 0755, err);

	for (size_t i = 0; rc >= 0 && i < ARRAY_SIZE(units); i++) {
		char *source = xasprintf("etc/user/%s", units[i]);
		char *name = xasprintf("systemd/%s", units[i]);

		rc = make_filled(in, source, name, err);
		free(name);
		free(source);
	}
	for (size_t i = 0; rc >= 0 && i < ARRAY_SIZE(folders); i++)
		rc = init_folder(in, folders[i], 0700, err);
	if (rc >= 0)
		rc = make_filled(
		    in, "etc/user/nginx.conf", "nginx/nginx.conf", err);
	if (rc >= 0)
		rc = make_site(in, include, err);
	for (size_t i = 0; rc >= 0 && i < ARRAY_SIZE(snippets); i++) {
		char *name = xasprintf("nginx/snippets/%s", snippets[i]);
		char *text = xstrdup(init_text(name));

		init_fill(&text, "include snippets/", include);
		rc = init_file(in, name, text, 0644, err);
		free(text);
		free(name);
	}
	if (rc >= 0)
		rc = make_secret(in, err);
	free(include);
	return rc < 0 ? -1 : 0;
}

void init_services_next(const struct init *in)
{
	printf(
	    "\n"
	    "As a service of yours:\n"
	    "  systemctl --user link %s/systemd/*\n"
	    "  systemctl --user enable --now orchestrator.socket orchestrator orchestrator-supervisor\n"
	    "  loginctl enable-linger    # goes on when you log out\n"
	    "  %s run          # today's list\n"
	    "HTTPS on port 8443: a certificate first, see nginx/nginx.conf, then\n"
	    "  systemctl --user enable --now orchestrator-nginx\n"
	    "  SSL_CERT_FILE=nginx/tls/cert.pem \\\n"
	    "    %s doctor --nginx nginx/nginx.conf --url https://localhost:8443\n",
	    in->dir, in->program, in->program);
	if (in->kept_config)
		printf(
		    "config.yaml was there already: it wants\n"
		    "  server.supervisor: external, server.socket: fcgi.sock\n");
}
