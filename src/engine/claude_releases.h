/* claude_releases.h - which releases of Claude Code the tests cover, from the
 * oldest to the newest. The one place that says so: tests/harness/claude.py
 * reads it, installs both and plays every scene with each. */
#ifndef ENGINE_CLAUDE_RELEASES_H
#define ENGINE_CLAUDE_RELEASES_H

#define CLAUDE_OLDEST "2.1.197"
#define CLAUDE_NEWEST "2.1.332"

#endif
