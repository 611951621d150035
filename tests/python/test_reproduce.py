"""scripts/reproduce: what it refuses before it builds or runs anything."""

import subprocess

from program import ROOT


def refused(*arguments):
    done = subprocess.run([ROOT / "scripts/reproduce", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and not done.stdout, done
    return done.stderr


def test_what_it_does_not_know_is_refused_with_what_there_is():
    assert "--all takes no descriptors" in refused("--all", "eta")
    assert "ci, quick or paper" in refused("--all", "--group", "huge")
    assert "score_curves" in refused("score_curve")
