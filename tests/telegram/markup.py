"""What Telegram makes of a text with a parse_mode, and what it refuses."""

import re

_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span",
         "tg-spoiler", "a", "tg-emoji", "code", "pre", "blockquote"}
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:\s[^<>]*)?)>")
_ENTITY = re.compile(r"&(lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


class Unbalanced(Exception):
    """Telegram's words for markup that it does not understand."""


def _offset(text, position):
    return len(text[:position].encode())


def _entity(match):
    name = match.group(1)
    if name in _NAMED:
        return _NAMED[name]
    return chr(int(name[2:], 16) if name[1] == "x" else int(name[1:]))


def _html(text):
    shown, stack, position = [], [], 0
    for match in re.finditer("<", text):
        start = match.start()
        if start < position:
            continue
        tag = _TAG.match(text, start)
        if not tag or tag.group(2).lower() not in _TAGS:
            raise Unbalanced(f"Unsupported start tag at byte offset "
                             f"{_offset(text, start)}")
        name = tag.group(2).lower()
        if not tag.group(1):
            stack.append(name)
        elif not stack or stack.pop() != name:
            raise Unbalanced(f"Unexpected end tag at byte offset "
                             f"{_offset(text, start)}")
        shown.append(text[position:start])
        position = tag.end()
    if stack:
        raise Unbalanced(f"Can't find end tag corresponding to start tag "
                         f"\"{stack[-1]}\"")
    shown.append(text[position:])
    return _ENTITY.sub(_entity, "".join(shown))


def _markdown(text):
    shown, position = [], 0
    while position < len(text):
        char = text[position]
        if char == "\\" and text[position + 1:position + 2] in tuple("_*`["):
            shown.append(text[position + 1])
            position += 2
        elif char in "_*`[":
            end = text.find("]" if char == "[" else char, position + 1)
            if end < 0:
                raise Unbalanced("Can't find end of the entity starting at "
                                 f"byte offset {_offset(text, position)}")
            shown.append(text[position + 1:end])
            position = end + 1
        else:
            shown.append(char)
            position += 1
    return "".join(shown)


def plain(text, mode):
    """The text as it is shown; raises Unbalanced."""
    if mode == "HTML":
        return _html(text)
    if mode == "Markdown":
        return _markdown(text)
    if mode:
        raise Unbalanced(f"unsupported parse_mode {mode}")
    return text
