"""What the bench says: the rows with their goals, the figures they come of, and who measures those."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Literal

from tests.bench.click import clicks
from tests.bench.containers import CPUS, one_contained, two_contained, why_none
from tests.bench.lab import Figures, Lab
from tests.bench.load import single_certificates
from tests.bench.mail import far_mails, near_mails
from tests.bench.marks import marks
from tests.bench.others import weasyprint, wkhtmltopdf
from tests.bench.outbox import outbox
from tests.bench.pending_page import pending_growth, pending_page
from tests.bench.pipeline import pipeline_and_bare
from tests.bench.plain import plain_loop, single_print
from tests.bench.portal import family_growth, pdf_download, shared_page, shared_pages
from tests.bench.register import growth
from tests.bench.render import memory, one_renderer, single_commands, two_renderers

FIGURES = {
    "plain_ms": ("the plain loop, one turn", "ms"),
    "two_per_s": ("two renderers, certificates", "/s"),
    "one_per_s": ("one renderer, certificates", "/s"),
    "single_ms": ("one command to its `rendered`, idle", "ms"),
    "click_ms": ("one click to `issued`, idle", "ms"),
    "few_mb": ("a renderer's memory, after the first certificates", "MB"),
    "many_mb": ("a renderer's memory, after five times as many", "MB"),
    "mean_bytes": ("a certificate's file", "bytes"),
    "single_bytes": ("a single print's file, tagged", "bytes"),
    "weasyprint_ms": ("WeasyPrint, one turn", "ms"),
    "wkhtmltopdf_ms": ("wkhtmltopdf, one turn", "ms"),
    "alone_ms": ("one ad-hoc certificate to `issued`, idle", "ms"),
    "among_many_ms": ("the same while a large run waits", "ms"),
    "load_per_s": ("certificates of that run meanwhile", "/s"),
    "marks_per_s": ("marks through NATS, detection and outbox", "/s"),
    "inserts_per_s": ("marks inserted by a bare loop", "/s"),
    "students_in_lot": ("students whose marks share a transaction, in both", ""),
    "small_ms": ("a certificate, small register", "ms"),
    "large_ms": ("a certificate, large register", "ms"),
    "small_cpu_ms": ("CPU of progression and Postgres, small register", "ms"),
    "large_cpu_ms": ("CPU of progression and Postgres, large register", "ms"),
    "pending_small_ms": ("the page of what waits, small register", "ms"),
    "pending_large_ms": ("the page of what waits, large register", "ms"),
    "pending_page_ms": ("the page with 2,000 who wait, median", "ms"),
    "pending_page_p99_ms": ("the page with 2,000 who wait, 99 of 100", "ms"),
    "mails_per_s": ("mails, from published to accepted", "/s"),
    "bare_mails_per_s": ("mails by a bare loop", "/s"),
    "near_mails_per_s": ("mails, to a server next door", "/s"),
    "bare_near_mails_per_s": ("mails by a bare loop, to a server next door", "/s"),
    "share_page_per_s": ("a share link's page", "/s"),
    "share_pages_per_s": ("the pages of different share links", "/s"),
    "bare_pages_per_s": ("the bytes of one of them from memory", "/s"),
    "bare_page_per_s": ("the same bytes from memory", "/s"),
    "pdf_per_s": ("a share link's PDF", "/s"),
    "static_per_s": ("the same file from StaticFiles", "/s"),
    "family_small_ms": ("a family's page, small register", "ms"),
    "family_large_ms": ("a family's page, large register", "ms"),
    "outbox_p50_ms": ("a message's commit to its PubAck, median", "ms"),
    "outbox_p99_ms": ("a message's commit to its PubAck, 99 of 100", "ms"),
    "contained_two_per_s": (f"two renderer containers of {CPUS:g} cores each", "/s"),
    "contained_one_per_s": (f"one renderer container of {CPUS:g} cores", "/s"),
    "through_per_s": ("certificates through everything but Chromium", "/s"),
    "bare_through_per_s": ("the same publishes and commits by a bare loop", "/s"),
    "through_publishes": ("messages published for one of them", ""),
    "through_commits": ("commits for one of them", ""),
    "through_rows": ("rows written for one of them", ""),
}


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody who takes a turn in each round."""

    name: str
    gives: frozenset[str]
    measure: Callable[[Lab], Awaitable[Figures]]


CONTENDERS = (
    Contender("the plain loop", frozenset({"plain_ms"}), plain_loop),
    Contender("two renderers", frozenset({"two_per_s", "mean_bytes"}), two_renderers),
    Contender("one renderer", frozenset({"one_per_s"}), one_renderer),
    Contender("two containers", frozenset({"contained_two_per_s"}), two_contained),
    Contender("one container", frozenset({"contained_one_per_s"}), one_contained),
    Contender("single commands", frozenset({"single_ms"}), single_commands),
    Contender("clicks through the whole stack", frozenset({"click_ms"}), clicks),
    Contender("single prints", frozenset({"single_bytes"}), single_print),
    Contender("WeasyPrint", frozenset({"weasyprint_ms"}), weasyprint),
    Contender("wkhtmltopdf", frozenset({"wkhtmltopdf_ms"}), wkhtmltopdf),
    Contender("single certificates", frozenset({"alone_ms", "among_many_ms", "load_per_s"}), single_certificates),
    Contender("marks", frozenset({"marks_per_s", "inserts_per_s", "students_in_lot"}), marks),
    Contender("the register", frozenset({"small_ms", "large_ms", "small_cpu_ms", "large_cpu_ms"}), growth),
    Contender("the page of what waits", frozenset({"pending_small_ms", "pending_large_ms"}), pending_growth),
    Contender("the page with 2,000", frozenset({"pending_page_ms", "pending_page_p99_ms"}), pending_page),
    Contender("the shared page", frozenset({"share_page_per_s", "bare_page_per_s"}), shared_page),
    Contender("shared pages", frozenset({"share_pages_per_s", "bare_pages_per_s"}), shared_pages),
    Contender("the PDF of a share", frozenset({"pdf_per_s", "static_per_s"}), pdf_download),
    Contender("the family's page", frozenset({"family_small_ms", "family_large_ms"}), family_growth),
    Contender("the outbox", frozenset({"outbox_p50_ms", "outbox_p99_ms"}), outbox),
    Contender("mails", frozenset({"mails_per_s", "bare_mails_per_s"}), far_mails),
    Contender("mails next door", frozenset({"near_mails_per_s", "bare_near_mails_per_s"}), near_mails),
    Contender(
        "everything but Chromium",
        frozenset({"through_per_s", "bare_through_per_s", "through_publishes", "through_commits", "through_rows"}),
        pipeline_and_bare,
    ),
    Contender("memory", frozenset({"few_mb", "many_mb"}), memory),
)


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    goal: float
    better: Literal["higher", "lower"]
    needs: frozenset[str]
    value: Callable[[Figures], float]
    """From the figures of one round."""
    reported: bool = False
    """Nobody promised it: the goal says from where on Laurel is the faster one, or fast enough."""
    unit: str = "x"
    why_left_out: Callable[[], str | None] = lambda: "the other program is not installed"
    """Said where a figure is missing."""

    def met_by(self, value: float) -> bool:
        return value >= self.goal if self.better == "higher" else value <= self.goal


def _against(name: str, goal: float, turn: str, *, reported: bool = False) -> Row:
    """How many turns of another loop two renderers do in its time for one."""
    needs = frozenset({"two_per_s", turn})
    return Row(name, goal, "higher", needs, lambda got: got["two_per_s"] * got[turn] / 1000, reported)


def _ratio(name: str, goal: float, better: Literal["higher", "lower"], over: str, under: str) -> Row:
    return Row(name, goal, better, frozenset({over, under}), lambda got: got[over] / got[under])


def _in_containers(name: str, goal: float, over: str, under: str) -> Row:
    row = _ratio(name, goal, "higher", over, under)
    return replace(row, why_left_out=why_none)


def _reported(name: str, goal: float, figure: str, unit: str) -> Row:
    return Row(name, goal, "lower", frozenset({figure}), lambda got: got[figure], reported=True, unit=unit)


ROWS = (
    _against("render.throughput_vs_plain_loop", 10, "plain_ms"),
    _ratio("render.single_vs_plain_print", 0.5, "lower", "single_ms", "plain_ms"),
    _ratio("issue.click_vs_plain_print", 0.8, "lower", "click_ms", "plain_ms"),
    _ratio("issue.latency_under_load", 5, "lower", "among_many_ms", "alone_ms"),
    _ratio("detect.marks_per_s_vs_insert", 0.5, "higher", "marks_per_s", "inserts_per_s"),
    _ratio("mail.throughput_vs_smtp", 0.7, "higher", "mails_per_s", "bare_mails_per_s"),
    _ratio("mail.throughput_vs_smtp_next_door", 0.7, "higher", "near_mails_per_s", "bare_near_mails_per_s"),
    _ratio("register.growth", 1.1, "lower", "large_ms", "small_ms"),
    _ratio("staff.pending_page_growth", 1.2, "lower", "pending_large_ms", "pending_small_ms"),
    _reported("staff.pending_page_2000_rows", 500, "pending_page_ms", "ms"),
    _reported("staff.pending_page_2000_rows_p99", 1000, "pending_page_p99_ms", "ms"),
    _ratio("portal.share_page_vs_bare", 0.5, "higher", "share_page_per_s", "bare_page_per_s"),
    _ratio("portal.share_page_vs_bare_apart", 0.5, "higher", "share_pages_per_s", "bare_pages_per_s"),
    _ratio("portal.pdf_vs_static", 0.6, "higher", "pdf_per_s", "static_per_s"),
    _ratio("portal.growth", 1.1, "lower", "family_large_ms", "family_small_ms"),
    _reported("outbox.lag_ms", 1000, "outbox_p99_ms", "ms"),
    _ratio("scale.pipeline_vs_bare", 0.5, "higher", "through_per_s", "bare_through_per_s"),
    _in_containers("scale.two_renderers", 1.5, "contained_two_per_s", "contained_one_per_s"),
    _ratio("render.second_process_gain", 1.5, "higher", "two_per_s", "one_per_s"),
    _ratio("render.memory_growth", 1.1, "lower", "many_mb", "few_mb"),
    _ratio("render.size_vs_single_print", 1.05, "lower", "mean_bytes", "single_bytes"),
    _against("render.vs_weasyprint", 1, "weasyprint_ms", reported=True),
    _against("render.vs_wkhtmltopdf", 1, "wkhtmltopdf_ms", reported=True),
)
