"""Task lists in the format of PLAN.md, built for a scene."""


class Task:
    """One task; fields that are None are left out of the file."""

    def __init__(
        self,
        title,
        instruction,
        *,
        type=None,
        approval=None,
        timeout=None,
        description=None,
        criteria=(),
    ):
        self.title = title
        self.instruction = instruction
        self.type = type
        self.approval = approval
        self.timeout = timeout
        self.description = description
        self.criteria = criteria

    def markdown(self, number):
        lines = [f"## Task {number}: {self.title}"]
        if self.type is not None:
            lines.append(f"**Type:** {self.type}")
        if self.approval is not None:
            lines.append(f"**Requires Approval:** {str(self.approval).lower()}")
        if self.timeout is not None:
            lines.append(f"**Timeout:** {self.timeout}")
        if self.description is not None:
            lines.append(f"**Description:** {self.description}")
        if self.criteria:
            lines.append("**Acceptance Criteria:**")
            lines += [f"- {criterion}" for criterion in self.criteria]
        lines += [
            "",
            "**Claude Instruction:**",
            self.instruction,
            "",
            "---",
            "",
        ]
        return "\n".join(lines)


def task_list(*tasks):
    """A whole file; a plain string is a task's instruction."""
    parts = ["# Tasks", ""]
    for number, task in enumerate(tasks, 1):
        if isinstance(task, str):
            task = Task(f"Step {number}", task)
        parts.append(task.markdown(number))
    return "\n".join(parts)
