"""Every diagnostic code: what it means, and an example that shows it.

`cnncalc explain CODE` prints them. Tests run every example, see its code, and find all codes of the sources here.
"""

from __future__ import annotations

from typing import NamedTuple

SPEC = "cnncalc summarize net.yaml"


class Code(NamedTuple):
    """A code, its meaning, and an example: the text of a file, and the command that meets the code in it."""

    name: str
    meaning: str
    example: str
    command: str = SPEC

    @property
    def file(self) -> str:
        """The example's file, as the command names it."""
        return next((word for word in self.command.split() if word.endswith((".yaml", ".json"))), "net.yaml")


def _net(*steps: str, size: str = "3, 32, 32", more: str = "") -> str:
    return f"input: [{size}]\n{more}layers:\n" + "".join(f"- {step}\n" for step in steps)


_SMALL = _net("{conv: 8, kernel: 3}")
_OWN = "unit: multiply-add\nformulas: {conv: %s}\nothers: error\n"

CODES: dict[str, Code] = {each.name: each for each in (
    Code("ambiguous-branch", "A branch in a list is neither clearly one step nor clearly a pipeline: every branch of "
         "the list form is a list of its own.", _net("add: [{conv: 3, kernel: 1}, relu]")),
    Code("bad-budgets", "A file of budgets is a mapping from globs over spec files to budgets.",
         "- params: 5M\n", "cnncalc check alexnet --budgets budgets.yaml"),
    Code("bad-convention", "A counting convention cannot be read, or its formula gives a number that cannot be: one "
         "that is not whole, below zero, or a division by zero.", _OWN % "M/11",
         "cnncalc summarize lenet5 --convention mine.yaml"),
    Code("bad-device", "A device file is a mapping with `name`, `peak` (operations a second by number format), "
         "`bandwidth` (bytes a second), `memory`, `source`, and `storage` where weights have a place of their own.",
         "name: My board\npeak: {float32: 48G}\nbandwidth: 12.8 GB\nmemory: 4 GiB\nsource: data sheet\n",
         "cnncalc summarize lenet5 --device board.yaml"),
    Code("bad-expression", "The arithmetic cannot be read. There are numbers, `$paths`, + - * / // %, comparisons, "
         "`and` `or` `not`, `a if c else b`, and a few calls.", _net("{conv: 2^5, kernel: 3}")),
    Code("bad-name", "A name is letters, digits and `_`, does not start with a digit, and is no word of the language.",
         _net("{relu, name: prev}")),
    Code("bad-number", "A number is too large, not finite, or not what this place takes. Every value stays below 2^63.",
         _net("{conv: 3/0, kernel: 1}")),
    Code("bad-signature", "The key of a block is its signature: `name(first, second=default)`.",
         _net("relu", more="blocks:\n  a(x=1, y): relu\n")),
    Code("bad-spec", "A spec is a mapping at its top, with `input` and `layers`.", "- relu\n"),
    Code("bad-step", "A step is a word, or a mapping with one kind, its arguments and its modifiers.", _net("{}")),
    Code("bad-value", "An argument does not accept this value.", _net("{conv: 8, kernel: -3}")),
    Code("bad-version", "The spec asks for another version of the language than this tool reads.",
         _net("relu", more="cnncalc: 2\n")),
    Code("duplicate-key", "A key stands twice in one mapping; only one of the two values could be meant.",
         _net("{conv: 8, kernel: 3, kernel: 5}")),
    Code("duplicate-name", "A name is unique in its scope: the top level, one block's body, one repetition.",
         _net("{relu, name: a}", "{relu, name: a}")),
    Code("empty", "The text holds nothing.", "# nothing but a comment\n"),
    Code("empty-output", "A layer would give an output below 1 on some axis: its window is larger than what it slides "
         "over.", _net("{conv: 8, kernel: 5}", size="3, 4, 4")),
    Code("encoding", "A file is UTF-8, with or without a byte order mark. A byte like 0xff is not.", "",
         "cnncalc summarize net.yaml"),
    Code("git", "A SPEC of the form REV:path could not be read from git: there is no such commit or file, no "
         "repository, or the clone is too shallow.", "", "cnncalc summarize no-such-commit:net.yaml"),
    Code("groups", "Groups of channels (or heads, or parts) must divide what they split.",
         _net("{conv: 8, kernel: 3, groups: 2}")),
    Code("hidden-kind", "A warning: a block is called like a built-in kind, and hides it in this spec.",
         _net("{conv: 8}", more="blocks:\n  conv(out): {linear: $out, axis: last}\n")),
    Code("io", "A file cannot be read or written.", "", "cnncalc summarize lenet5 -o no-such-folder/out.txt"),
    Code("missing-argument", "A kind or block lacks an argument that has no default.", _net("{conv: 8}")),
    Code("missing-key", "A text lacks a key that it must have.", "input: [3, 32, 32]\n"),
    Code("needs-one-tensor", "A layer that takes one tensor gets several, or a reference that means one means several.",
         _net("{parallel: {a: relu, b: relu}}", "relu")),
    Code("needs-tensors", "A merge has nothing to join, or too few tensors.", _net("add")),
    Code("no-device", "A time needs a device whose speed it is computed for.", "",
         "cnncalc summarize lenet5 --columns time"),
    Code("no-limit", "`check` found no limit to hold the network against, so it has proven nothing.", _SMALL,
         "cnncalc check net.yaml"),
    Code("no-output", "Every output of the network is absent.",
         _net("{relu, name: r, when: false}", more="outputs: [r]\n")),
    Code("not-comparable", "Two analyses count in different units, batches or number formats: their numbers cannot be "
         "subtracted.", "", ""),
    Code("shape-mismatch", "Shapes that must be equal differ. Nothing is stretched or cut unless it is asked for.",
         _net("add: {main: {conv: 8, kernel: 1}, skip}")),
    Code("share", "Weights can be shared with an earlier step of the same kind (or block) and the same weight shapes.",
         _net("{conv: 8, kernel: 3, name: a}", "{conv: 8, kernel: 5, share: a}")),
    Code("spec-not-found", "A SPEC is a file, a folder, a bundled name, `-`, or REV:path; this is none.", "",
         "cnncalc summarize resnet5"),
    Code("too-deep", "Blocks, branches and lists nest up to 64 deep; a block that calls itself needs an ending `when`.",
         _net("{tree: 0}", more="blocks:\n  tree(n): [relu, {tree: $n + 1}]\n")),
    Code("too-large", "A limit is passed: the size of the text, the number of layers or repetitions, or 2^63.",
         _net("{relu, repeat: 1000000}")),
    Code("uncounted", "The counting convention has no number for a kind: free and unknown are different.", _OWN % "M",
         "cnncalc summarize lenet5 --convention mine.yaml"),
    Code("unknown-argument", "The kind or block has no argument of this name, or it is given twice.",
         _net("{conv: 8, kernel: 3, strid: 2}")),
    Code("unknown-column", "There is no column of this name.", "", "cnncalc summarize lenet5 --columns flop"),
    Code("unknown-convention", "There is no counting convention of this name, and no file.", "",
         "cnncalc summarize lenet5 --convention fvcor"),
    Code("unknown-device", "There is no device of this name, and no file.", "",
         "cnncalc summarize lenet5 --columns time --device none-such"),
    Code("unknown-hyperparameter", "Only declared hyperparameters can be set.", "",
         "cnncalc summarize resnet50 --set widht=2"),
    Code("unknown-input", "The network has no input of this name.", "",
         "cnncalc summarize lenet5 --input left=1x32x32"),
    Code("unknown-key", "This part of a text has no such key. Notes of your own start with `x-`.",
         _net("relu", more="tittle: A network\n")),
    Code("unknown-kind", "There is no kind or block of this name.", _net("{convv: 8, kernel: 3}")),
    Code("unknown-layer", "The network has no layer or scope at this path, and nothing that matches the pattern.", "",
         "cnncalc explain lenet5 conv99"),
    Code("unknown-metric", "There is no quantity of this name, or it has no number format.", "",
         "cnncalc summarize lenet5 --sort size"),
    Code("unknown-name", "There is no value `$name` here: a block sees its parameters, its `let`s and the "
         "hyperparameters, nothing else of its caller.", _net("{conv: $width, kernel: 3}")),
    Code("unknown-reference", "No earlier step has this name here. A name can be used only after it is defined.",
         _net("{relu, from: stem}")),
    Code("unknown-unit", "Counts take k M G T, bytes B kB MB KiB MiB and so on, times a unit of time.",
         _net("relu", more="budget: {weights: 4 MX}\n"), "cnncalc check net.yaml"),
    Code("unknown-variant", "The spec has no variant of this name.", "", "cnncalc summarize resnet@resnet51"),
    Code("unmatched-pattern", "A pattern of a budget matches no layer, scope or file: the limit holds for nothing.",
         _net("relu", more="budget: {layers: {\"layer9.**\": {params: 1M}}}\n"), "cnncalc check net.yaml"),
    Code("unused-result", "A warning: a step's result reaches no output.",
         _net("{conv: 8, kernel: 3, name: a}", "{relu, from: in}")),
    Code("wrong-rank", "The input has another number of axes than the layer works on.", _net("{linear: 10}")),
    Code("yaml-feature", "The language does without anchors, aliases, merge keys, tags and several documents.",
         _net("&a relu", "*a")),
    Code("yaml-syntax", "The text is not YAML, or YAML that cannot be what was meant.", _net("{max_pool:3}")),
)}
"""Code: its entry."""
