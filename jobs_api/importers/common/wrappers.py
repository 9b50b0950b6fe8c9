"""Programs that run another one: what they mean for a job (timeout, overlap), and what they wrap."""

from __future__ import annotations

import dataclasses
import math
import os
import re
from collections.abc import Callable

from jobs_api.importers.common.call import Call
from jobs_api.importers.common.entry import CannotCarry
from jobs_api.importers.common.shell import Word
from jobs_api.text.secrets import assignment

ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
DEEPEST, MOST = 8, 50
SHELLS = ("sh", "bash", "dash", "zsh", "ash", "ksh")
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclasses.dataclass(frozen=True, slots=True)
class Wrapper:
    """The command line of a program that runs another one."""

    options: str = ""
    """Its options that take a value, separated by spaces."""
    verbs: tuple[str, ...] = ()
    """The words before the inner command of which one must stand there."""
    positionals: int = 0
    """How many words stand before the inner command, behind the verb."""
    remark: str = ""


FLOCK = Wrapper("-w --timeout --wait -E --conflict-exit-code")
COMPOSE = Wrapper(
    "-f --file -p --project-name --env-file --profile -e --env -u --user -w --workdir --name -v --volume "
    "--entrypoint --index --project-directory",
    ("exec", "run"),
    1,
)
CONTAINER = Wrapper(
    "-e --env --env-file -u --user -w --workdir --name -v --volume --network --net -h --mount --hostname -m "
    "--memory --cpus --entrypoint -p --publish -l --label -H --context --link --log-driver --restart "
    "--add-host --platform",
    ("exec", "run"),
    1,
)
RUN = Wrapper(
    "--project --directory --env-file --with -p --python --extra --group --package -C -P -c --config -e "
    "--environment --env -n --prefix -f -a --app -r --remote -s --size -t --token",
    ("run",),
)
WRAPPERS = {
    "nice": Wrapper("-n --adjustment"), "ionice": Wrapper("-c -n --class --classdata"),
    "chrt": Wrapper("", (), 1), "taskset": Wrapper("", (), 1), "cpulimit": Wrapper("-l --limit"),
    "systemd-run": Wrapper("-p --property -u --unit --slice --uid --gid -E --setenv -M"),
    "env": Wrapper("-u --unset -C --chdir"), "nohup": Wrapper(),
    "exec": Wrapper("-a"), "time": Wrapper("-f -o"),
    "stdbuf": Wrapper("-i -o -e"), "setsid": Wrapper(), "chronic": Wrapper(), "cronic": Wrapper(),
    "unbuffer": Wrapper(), "eatmydata": Wrapper(), "command": Wrapper(), "caffeinate": Wrapper(),
    "ddtrace-run": Wrapper(), "opentelemetry-instrument": Wrapper(), "with-contenv": Wrapper(),
    "newrelic-admin": Wrapper("", ("run-program", "run-python")),
    "sudo": Wrapper("-u -g -h -p -C -r -t -U -D -R --user --group"), "doas": Wrapper("-u -C"),
    "runuser": Wrapper("-u -g -G --user"), "gosu": Wrapper("", (), 1), "su-exec": Wrapper("", (), 1),
    "setuidgid": Wrapper("", (), 1), "chpst": Wrapper("-u -U -e -/ -n -l -L -m"),
    "envdir": Wrapper("", (), 1),
    "poetry": RUN, "pipenv": RUN, "pdm": RUN, "hatch": RUN, "rye": RUN, "uv": RUN, "pixi": RUN,
    "conda": RUN, "mamba": RUN, "micromamba": RUN, "doppler": RUN, "dotenv": RUN, "op": RUN,
    "infisical": RUN, "honcho": RUN, "foreman": RUN, "heroku": RUN,
    "dokku": dataclasses.replace(RUN, positionals=1),
    "aws-vault": Wrapper("-d --duration", ("exec",), 1), "chamber": Wrapper("", ("exec",), 1),
    "cronitor": Wrapper("-k", ("exec",), 1),
    "docker-compose": COMPOSE, "kubectl": Wrapper("-n --namespace -c --container --context", ("exec",), 1),
    "docker": CONTAINER, "podman": CONTAINER, "nerdctl": CONTAINER,
    "tini": Wrapper("-p -e"), "dumb-init": Wrapper("-r --rewrite"), "launcher": Wrapper(),
    "entrypoint.sh": Wrapper(), "docker-entrypoint.sh": Wrapper(), "entrypoint": Wrapper(),
    "lxc": Wrapper("--env --user --cwd", ("exec",), 1),
}  # fmt: skip


def unwrapped(words: list[Word], call: Call) -> list[Word] | None:
    """The words inside of the outermost wrapper, which is noted on the call; None if there is none."""
    if ASSIGNMENT.match(words[0].raw):
        name, _, value = words[0].text.partition("=")
        call.dropped.append(assignment(name, value))
        return words[1:]
    name = os.path.basename(words[0].text)
    special = SPECIAL.get(name)
    if special is not None:
        return special(words[1:], call)
    wrapper = WRAPPERS.get(name)
    if wrapper is None:
        return None
    given = words
    if name in ("docker", "podman", "nerdctl") and len(words) > 1 and words[1].text == "compose":
        wrapper, words = COMPOSE, words[1:]
    inner = _inside(words, wrapper)
    call.dropped.append(" ".join(word.raw for word in given[: len(given) - len(inner)]))
    return inner


def _inside(words: list[Word], wrapper: Wrapper) -> list[Word]:
    rest = _behind_options(words[1:], wrapper)
    if wrapper.verbs:
        if not rest or rest[0].text not in wrapper.verbs:
            raise CannotCarry(f"{words[0].text[:40]!r} runs no management command here.")
        rest = _behind_options(rest[1:], wrapper)
    rest = _behind_options(rest[wrapper.positionals :], wrapper)
    return rest[1:] if rest and rest[0].text == "--" else rest


def _behind_options(words: list[Word], wrapper: Wrapper) -> list[Word]:
    with_value = wrapper.options.split()
    rest = words
    while rest and rest[0].text.startswith("-") and rest[0].text != "--":
        rest = rest[2:] if _takes_next(rest[0].text, with_value) else rest[1:]
    return rest


def _takes_next(option: str, with_value: list[str]) -> bool:
    """Whether the next word is the option's value; also behind letters together, as in -iu."""
    if option in with_value or option.startswith("--"):
        return option in with_value
    return f"-{option[-1]}" in with_value and not any(f"-{letter}" in with_value for letter in option[1:-1])


def shell_text(words: list[Word], call: Call) -> str | None:
    """The text that a shell is given by `sh -c "..."` or `su user -c "..."`; None if it is no such shell."""
    name = os.path.basename(words[0].text)
    if name not in (*SHELLS, "su"):
        return None
    for place, word in enumerate(words[1:], 1):
        if re.fullmatch(r"-[a-z]*c", word.text) or word.text == "--command":
            if place + 1 == len(words):
                break
            if words[place + 1].computed and not _only_variables(words[place + 1]):
                raise CannotCarry(f"The outer shell computes {words[place + 1].computed} in it.")
            others = [*words[:place], word, *words[place + 2 :]]
            call.dropped.append(" ".join(other.raw for other in others))
            return words[place + 1].text
    raise CannotCarry("It runs a script of the shell: make a management command of it.")


def _only_variables(word: Word) -> bool:
    """Whether what the outer shell computes would be computed by the inner one as well."""
    return word.computed.startswith("$") and not word.computed.startswith("$(")


def _timeout(words: list[Word], call: Call) -> list[Word]:
    """timeout [-k 5] [-s KILL] 5m COMMAND"""
    rest = _behind_options(words, Wrapper("-k -s --signal --kill-after"))
    match = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)([smhd]?)", rest[0].text) if rest else None
    if match is None:
        raise CannotCarry("The duration of its timeout cannot be read.")
    seconds = math.ceil(float(match[1]) * UNITS[match[2]])
    if seconds:
        call.fields["timeout"] = seconds
    return rest[1:]


def _flock(words: list[Word], call: Call) -> list[Word]:
    """flock [-n | -w SECONDS] FILE COMMAND, or FILE -c "COMMAND": no two runs of the job overlap."""
    rest = _behind_options(words, FLOCK)
    given = words[: len(words) - len(rest)]
    rest = rest[1:]
    if rest and rest[0].text in ("-n", "-x", "-e", "--nonblock"):
        given, rest = [*given, rest[0]], rest[1:]
    call.fields["overlap"] = "skip"
    if not any(re.fullmatch(r"-[a-z]*n[a-z]*|--nonblock|--nb", word.text) for word in given):
        call.notes.append(
            'flock waited for the lock; overlap="skip" leaves a slot out while the last one runs.'
        )
    if rest and rest[0].text in ("-c", "--command"):
        return [Word("sh", "sh"), Word("-c", "-c"), *rest[1:]]
    return rest


def _alone(words: list[Word], call: Call) -> list[Word]:
    """run-one COMMAND and the like."""
    call.fields["overlap"] = "skip"
    return _behind_options(words, Wrapper("-l -w"))


def _sentry(words: list[Word], call: Call) -> list[Word]:
    """sentry-cli monitors run SLUG -- COMMAND"""
    rest = [word for word in words if word.text not in ("monitors", "run")]
    call.dropped.append("sentry-cli monitors run")
    place = next((place for place, word in enumerate(rest) if word.text == "--"), 0)
    return rest[place + 1 :]


SPECIAL: dict[str, Callable[[list[Word], Call], list[Word]]] = {
    "timeout": _timeout, "flock": _flock, "run-one": _alone, "solo": _alone, "sentry-cli": _sentry,
}  # fmt: skip
