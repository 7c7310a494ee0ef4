"""From the predecessor's scripts to the drop-in ones and back: check, apply, undo."""

import json
import os
import pathlib
import shutil
import stat

import pytest
from harness import PROGRAM, fingerprint

BASELINE = pathlib.Path(__file__).resolve().parents[2] / "bench" / "baseline"
KEPT = ".before-signalbox"

# A crontab in a file of the test's: the user's own is nobody's to play with.
STAND_IN = """#!/bin/sh
crontab=$HOME/crontab
case $1 in
  -l) [ -f "$crontab" ] || { echo "no crontab for $(id -un)" >&2; exit 1; }; cat "$crontab" ;;
  -) cat >"$crontab" ;;
  *) exit 2 ;;
esac
"""


@pytest.fixture
def clone(world):
    """A monitor with the predecessor's scripts, committed, and a stand-in for crontab in $PATH."""
    programs = world.directory / "programs"
    programs.mkdir()
    (programs / "crontab").write_text(STAND_IN)
    (programs / "crontab").chmod(0o755)
    world.environment["PATH"] = f"{programs}:{world.environment['PATH']}"
    world.make_remote()
    path = world.clone("monitor")
    (path / "scripts").mkdir()
    for script, name in (("update.sh", "failsafe_git_update.sh"),
                         ("update.sh", "failsafe_git_update_safe.sh"),
                         ("sync.sh", "slurm_dashboard_sync.sh")):
        shutil.copy(BASELINE / script, path / "scripts" / name)
        (path / "scripts" / name).chmod(0o775)
    (path / "scripts" / "notes.sh").write_text("# mine\n")
    world.git(path, "add", "scripts")
    world.git(path, "commit", "-qm", "The predecessor's scripts")
    world.git(path, "push", "-q", "origin", "HEAD:main")
    return path


def migrate(world, clone, phase, *words, **options):
    return world.signalbox("migrate", phase, "-C", clone, *words, **options)


def applied(world, clone, *words, phase="apply"):
    document = json.loads(migrate(world, clone, phase, "--json", *words).stdout)
    return {step["name"]: step["done"] for step in document["scripts"]}, document["crontab"]


def everything(directory):
    """Bytes, mode and target of all that is in a directory."""
    return {path.name: (stat.S_IMODE(path.lstat().st_mode), os.readlink(path) if path.is_symlink()
                        else path.read_bytes())
            for path in sorted(directory.iterdir())}


def crontab(world):
    return world.directory / "home" / "crontab"


# check


def findings(world, clone, *words):
    document = json.loads(migrate(world, clone, "check", "--json", *words).stdout)
    return [(pathlib.PurePath(one["file"]).name, one["line"], one["what"], one["verdict"])
            for one in document["findings"]]


def test_check_says_what_calls_what(world, clone):
    jobs = world.directory / "jobs"
    jobs.mkdir()
    (jobs / "run.sh").write_text(f"""#!/bin/bash
#SBATCH --mem=4G
# git stash is not for us
MONITOR=~/research/monitor
"$MONITOR/scripts/failsafe_git_update_safe.sh" "$MONITOR" weather running 3600 50
echo '{{"status":"running"}}' > "$MONITOR/data/status/weather.json"
cat "$MONITOR/data/status/weather.json"
cd "$MONITOR" && git -C . add data/ && git commit -qm x 2>/dev/null
git push --force origin main
echo "never git push --force"
bash -c "cd $MONITOR; git stash"
git add "data/status/weather.json"
""")
    (jobs / "model.py").write_text("""import subprocess
subprocess.run(["git", "reset", "--hard", "origin/main"])
with open(f"{monitor}/data/status/model.json", "w") as file:
    subprocess.run([os.path.join(monitor, "scripts", "update_job_status.sh"), "model", "running"])
""")
    (jobs / "binary").write_bytes(b"git stash\0\n")
    (jobs / "link.sh").symlink_to(jobs / "run.sh")
    crontab(world).write_text("*/15 * * * * cd ~/monitor && sbatch scripts/slurm_dashboard_sync.sh\n"
                              "0 1 * * * cd ~/monitor && git stash && git pull && git stash pop\n")
    before = fingerprint(world, clone)
    assert findings(world, clone, jobs) == [
        ("slurm_dashboard_sync.sh", 9, "git add data/", "replaced"),
        ("slurm_dashboard_sync.sh", 13, "git reset --hard", "replaced"),
        ("crontab", 1, "calls slurm_dashboard_sync.sh", "goes on"),
        ("crontab", 2, "git stash", "dangerous"),
        ("model.py", 2, "git reset --hard", "dangerous"),
        ("model.py", 3, "writes data/status", "goes on"),
        ("model.py", 4, "calls update_job_status.sh", "goes on"),
        ("run.sh", 5, "calls failsafe_git_update_safe.sh", "goes on"),
        ("run.sh", 6, "writes data/status", "goes on"),
        ("run.sh", 8, "git add data/", "dangerous"),
        ("run.sh", 9, "git push --force", "dangerous"),
        ("run.sh", 11, "git stash", "dangerous"),
    ]
    text = migrate(world, clone, "check", jobs).stdout
    assert "run.sh:9" in text and "overwrites what others published" in text
    assert fingerprint(world, clone) == before


def test_check_shows_whose_scripts_are_there(world, clone):
    def states():
        document = json.loads(migrate(world, clone, "check", "--json").stdout)
        return {one["name"]: one["state"] for one in document["scripts"]}
    before = states()
    assert len(before) == 11
    assert before["failsafe_git_update.sh"] == "predecessor"
    assert before["collect_logs.sh"] == "missing"
    applied(world, clone)
    assert set(states().values()) == {"signalbox"}


def test_check_reads_a_crontab_from_a_file_and_does_without_one(world, clone, tmp_path):
    other = tmp_path / "theirs"
    other.write_text("@daily bash ~/monitor/scripts/cluster_sync.sh\n")
    assert findings(world, clone, "--crontab-file", other)[-1] == (
        "crontab", 1, "calls cluster_sync.sh", "goes on")
    missing = migrate(world, clone, "check", "--crontab-file", tmp_path / "none", check=False)
    assert missing.returncode == 1 and "none" in missing.stderr
    world.environment["PATH"] = "/nowhere"
    without = migrate(world, clone, "check")
    assert "crontab" in without.stderr


def test_check_names_a_path_that_is_not_there_and_what_it_did_not_read(world, clone, tmp_path):
    missing = migrate(world, clone, "check", tmp_path / "none", check=False)
    assert missing.returncode == 1 and "none" in missing.stderr
    deep = tmp_path / "deep"
    (deep / "/".join("abcdefghijkl")).mkdir(parents=True)
    (deep / "large.sh").write_text("#" * (2 << 20))
    skipped = json.loads(migrate(world, clone, "check", "--json", deep).stdout)["skipped"]
    assert any("large.sh" in line for line in skipped)
    assert any("nested too deeply" in line for line in skipped)


# apply


def test_applying_twice_is_applying_once(world, clone):
    old = everything(clone / "scripts")
    steps, _ = applied(world, clone, "--crontab")
    first = everything(clone / "scripts"), crontab(world).read_bytes()
    assert len(steps) == 11 and "installed" in steps["cluster_sync.sh"]
    again, told = applied(world, clone, "--crontab")
    assert set(again.values()) == {"in place"}
    assert told.startswith("goes on: ")
    assert (everything(clone / "scripts"), crontab(world).read_bytes()) == first
    now = first[0]
    for name in ("failsafe_git_update.sh", "failsafe_git_update_safe.sh", "slurm_dashboard_sync.sh"):
        assert now[name + KEPT] == old[name]
        assert now[name][0] & 0o111 and now[name] != old[name]
    assert now["notes.sh"] == old["notes.sh"]
    assert set(now) == set(old) | set(steps) | {name + KEPT for name in old if name != "notes.sh"}


def test_apply_touches_nothing_but_the_scripts_and_commits_nothing(world, clone):
    (clone / "notes.txt").write_text("two\n")
    world.git(clone, "add", "notes.txt")
    head = world.git(clone, "rev-parse", "HEAD")
    result = migrate(world, clone, "apply")
    assert world.git(clone, "rev-parse", "HEAD") == head
    changed = {line[3:] for line in world.git(clone, "status", "--porcelain").splitlines()}
    assert "notes.txt" in changed
    assert all(path.startswith("scripts/") for path in changed - {"notes.txt"})
    assert f"git -C '{clone}' add scripts" in result.stdout
    assert not crontab(world).exists()


def test_a_kept_script_is_never_overwritten(world, clone):
    script = clone / "scripts" / "failsafe_git_update.sh"
    kept = clone / "scripts" / ("failsafe_git_update.sh" + KEPT)
    kept.write_text("# kept long ago\n")
    before = script.read_bytes()
    steps, _ = applied(world, clone)
    assert steps[script.name].startswith("left: ")
    assert (script.read_bytes(), kept.read_text()) == (before, "# kept long ago\n")
    kept.unlink()
    assert "the old one is" in applied(world, clone)[0][script.name]
    assert kept.read_bytes() == before


def test_an_edited_script_of_ours_stays_and_one_that_git_brought_back_is_replaced(world, clone):
    applied(world, clone)
    edited = clone / "scripts" / "failsafe_git_update.sh"
    edited.write_text(edited.read_text() + "# mine\n")
    brought_back = clone / "scripts" / "slurm_dashboard_sync.sh"
    world.git(clone, "checkout", "-q", "--", "scripts/slurm_dashboard_sync.sh")
    steps, _ = applied(world, clone)
    assert steps[edited.name].startswith("left: ")
    assert edited.read_text().endswith("# mine\n")
    assert steps[brought_back.name].startswith("installed")


def test_a_script_of_an_older_version_is_brought_up_to_date(world, clone):
    applied(world, clone)
    script = clone / "scripts" / "cluster_sync.sh"
    new = script.read_bytes()
    note = clone / ".git" / "signalbox" / "scripts.json"
    noted = json.loads(note.read_text())
    noted[script.name] = "#!/bin/sh\n# of an older version\n"
    note.write_text(json.dumps(noted))
    script.write_text(noted[script.name])
    steps, _ = applied(world, clone)
    assert steps[script.name] == "brought up to date"
    assert script.read_bytes() == new
    assert not (clone / "scripts" / (script.name + KEPT)).exists()


def test_a_link_is_kept_as_a_link_and_what_it_leads_to_stays(world, clone):
    target = world.directory / "elsewhere.sh"
    target.write_text("# theirs\n")
    link = clone / "scripts" / "cluster_sync.sh"
    link.symlink_to(target)
    applied(world, clone)
    assert not link.is_symlink() and target.read_text() == "# theirs\n"
    assert os.readlink(str(link) + KEPT) == str(target)
    applied(world, clone, phase="undo")
    assert os.readlink(link) == str(target)


def test_a_scripts_directory_that_leads_elsewhere_is_refused(world, clone):
    elsewhere = world.directory / "elsewhere"
    (clone / "scripts").rename(elsewhere)
    (clone / "scripts").symlink_to(elsewhere)
    before = everything(elsewhere)
    for phase in ("apply", "undo"):
        result = migrate(world, clone, phase, check=False)
        assert result.returncode == 2 and "is not a directory" in result.stderr
    assert everything(elsewhere) == before


def test_a_directory_in_the_place_of_a_script_is_left(world, clone):
    (clone / "scripts" / "cluster_sync.sh").mkdir()
    assert applied(world, clone)[0]["cluster_sync.sh"] == "left: a directory"


# crontab


def test_the_crontab_keeps_everything_else_byte_for_byte(world, clone):
    theirs = b"MAILTO=\"\"\n# \xe2\x9c\x93 50\\% \t \n\n0 1 * * * echo hello%world\n"
    crontab(world).write_bytes(theirs)
    _, told = applied(world, clone, "--crontab")
    assert told.startswith("added: */15 * * * * cd ")
    text = crontab(world).read_bytes()
    assert text.startswith(theirs)
    mark, line = text[len(theirs):].decode().splitlines()
    assert mark.startswith("# signalbox: syncs " + str(clone))
    assert f"cd '{clone}' && " in line and "scripts/slurm_dashboard_sync.sh" in line
    _, told = applied(world, clone, phase="undo")
    assert told == "our two lines are out"
    assert crontab(world).read_bytes() == theirs


def test_undo_brings_back_a_crontab_whose_last_line_had_no_end(world, clone, tmp_path):
    theirs = tmp_path / "crontab"
    theirs.write_bytes(b"0 1 * * * backup")
    applied(world, clone, "--crontab", "--crontab-file", theirs)
    assert theirs.read_bytes().startswith(b"0 1 * * * backup\n# signalbox: ")
    assert applied(world, clone, "--crontab-file", theirs, phase="undo")[1] == "our two lines are out"
    assert theirs.read_bytes() == b"0 1 * * * backup"


def test_the_line_that_cron_runs_syncs(world, clone):
    # Also on a machine that has SLURM.
    usual = world.directory / "usual"
    usual.mkdir()
    for program in pathlib.Path("/usr/bin").iterdir():
        if program.name != "sbatch":
            (usual / program.name).symlink_to(program)
    world.environment["PATH"] = f"{world.directory / 'programs'}:{usual}"
    _, told = applied(world, clone, "--crontab")
    assert "sbatch" not in told
    world.report(clone, "weather", "completed")
    line = crontab(world).read_text().splitlines()[-1]
    world.run("sh", "-c", line.split("* * * * ", 1)[1])
    assert world.view("weather")["status"] == "completed"


def test_where_there_is_slurm_the_line_is_the_guides(world, clone):
    (world.directory / "programs" / "sbatch").write_text("#!/bin/sh\nexec sh \"$@\"\n")
    (world.directory / "programs" / "sbatch").chmod(0o755)
    _, told = applied(world, clone, "--crontab")
    assert "sbatch scripts/slurm_dashboard_sync.sh" in told
    world.report(clone, "weather", "completed")
    line = crontab(world).read_text().splitlines()[-1]
    world.run("sh", "-c", line.split("* * * * ", 1)[1])
    assert world.view("weather")["status"] == "completed"


@pytest.mark.parametrize("line", [
    "*/15 * * * * cd ~/../monitor && sbatch scripts/slurm_dashboard_sync.sh",
    "*/15 * * * * cd $HOME/../monitor && sbatch scripts/slurm_dashboard_sync.sh",
    "*/5 * * * * {clone}/scripts/sync_dashboard_cron.sh",
    "*/5 * * * * signalbox sync -q -C {clone}",
])
def test_a_line_that_syncs_already_stays_the_only_one(world, clone, line):
    home = world.directory / "home"
    line = line.format(clone=clone).replace("~/../monitor", "~/monitor")
    line = line.replace("$HOME/../monitor", "$HOME/monitor")
    if "/monitor &&" in line:
        shutil.move(clone, home / "monitor")
        clone = home / "monitor"
    crontab(world).write_text(line + "\n")
    _, told = applied(world, clone, "--crontab")
    assert told == "goes on: " + line
    assert crontab(world).read_text() == line + "\n"


def test_a_line_that_was_edited_is_left_by_undo(world, clone):
    applied(world, clone, "--crontab")
    edited = crontab(world).read_text().replace("*/15", "*/5")
    crontab(world).write_text(edited)
    _, told = applied(world, clone, phase="undo")
    assert told.startswith("left: ")
    assert crontab(world).read_text() == edited


def test_a_crontab_that_is_refused_is_an_error_and_stays(world, clone):
    (world.directory / "programs" / "crontab").write_text(
        "#!/bin/sh\n[ \"$1\" = -l ] && exit 0\necho 'you are not allowed' >&2\nexit 1\n")
    result = migrate(world, clone, "apply", "--crontab", check=False)
    assert result.returncode == 1 and "you are not allowed" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare")
                    or not os.path.exists("/usr/bin/crontab"),
                    reason="needs root, unshare and the package cron")
def test_debians_crontab_takes_and_gives_back_what_it_had(world, clone):
    """In a mount namespace of its own, so that no crontab of this host is touched."""
    script = world.directory / "real.sh"
    script.write_text(f"""set -e
mount -t tmpfs -o mode=1730,gid=$(getent group crontab | cut -d: -f3) none /var/spool/cron/crontabs
PATH=/usr/bin:$PATH
"{PROGRAM}" migrate apply --crontab -C "{clone}" >/dev/null
crontab -l | tee "$HOME/first"
printf '# theirs\\n0 1 * * * true\\n' | crontab -
"{PROGRAM}" migrate apply --crontab -C "{clone}" >/dev/null
crontab -l >"$HOME/second"
"{PROGRAM}" migrate undo -C "{clone}" >/dev/null
crontab -l >"$HOME/third"
""")
    world.run("unshare", "-m", "bash", script)
    home = world.directory / "home"
    theirs = "# theirs\n0 1 * * * true\n"
    assert (home / "first").read_text().count("\n") == 2
    assert (home / "second").read_text() == theirs + (home / "first").read_text()
    assert (home / "third").read_text() == theirs


# undo


def test_undo_restores_everything_byte_for_byte(world, clone):
    crontab(world).write_text("# theirs\n")
    scripts, tracked = everything(clone / "scripts"), fingerprint(world, clone)
    applied(world, clone, "--crontab")
    steps, _ = applied(world, clone, phase="undo")
    assert steps["failsafe_git_update.sh"] == "the old one is back"
    assert steps["cluster_sync.sh"] == "removed; there was none before"
    assert everything(clone / "scripts") == scripts
    assert fingerprint(world, clone) == tracked
    assert crontab(world).read_text() == "# theirs\n"
    assert world.git(clone, "status", "--porcelain") == ""
    again, told = applied(world, clone, phase="undo")
    assert set(again.values()) == {"not ours", "not there"}
    assert told == "nothing of ours in it"
    assert everything(clone / "scripts") == scripts


def test_undo_leaves_what_was_edited_and_says_so(world, clone):
    applied(world, clone)
    edited = clone / "scripts" / "failsafe_git_update.sh"
    edited.write_text("# mine now\n")
    steps, _ = applied(world, clone, phase="undo")
    assert steps[edited.name] == "left: edited since it was installed"
    assert edited.read_text() == "# mine now\n"
    assert (clone / "scripts" / (edited.name + KEPT)).exists()


# the rest


@pytest.mark.parametrize("words", [[], ["stash"], ["check", "--nonsense"], ["apply", "extra"]])
def test_wrong_usage_says_how(world, clone, words):
    result = world.signalbox("migrate", *words, check=False)
    assert result.returncode == 2 and "--help" in result.stderr


@pytest.mark.parametrize("phase", ["check", "apply", "verify", "undo"])
def test_each_phase_has_a_help_with_examples(world, phase):
    assert f"signalbox migrate {phase}" in world.signalbox("migrate", phase, "--help").stdout


def test_a_bare_repository_has_no_scripts(world, clone):
    result = migrate(world, world.remote, "apply", check=False)
    assert result.returncode == 1 and "has no worktree" in result.stderr
