/* The hand-over between reports and publishers, and the retirement of events from the spool, as
 * src/publish/publisher.cpp and src/publish/session.cpp have it. What may happen in between is all
 * here: every interleaving, a process killed at any step, a lock that does not exclude, an answer of
 * the remote that gets lost, another clone that pushes.
 *
 * Built in:
 *   DEATHS=n        so many processes are killed, each at any step
 *   BROKEN_LOCKS    a lock that somebody holds may be given to another
 *   LOST_ANSWERS=n  of so many pushes nobody is told whether they arrived
 *   FOREIGN=n       so many pushes of another clone
 *   REPORTS=n       so many jobs report, once each
 *   SYNC            a person runs `signalbox sync` meanwhile
 * or one of the mistakes that check.sh lists, which must be found.
 */
#ifndef DEATHS
#define DEATHS 0
#endif
#ifndef LOST_ANSWERS
#define LOST_ANSWERS 0
#endif
#ifndef FOREIGN
#define FOREIGN 1
#endif
#ifndef REPORTS
#define REPORTS 3
#endif
#define FOREIGN_EVENT 128

#define in(set, other) (((set) & ~(other)) == 0)
#define without(set, other) ((set) & ~(other))

/* Sets of events, a bit each. */
byte spool;         /* waits in the clone: fsynced under its final name */
byte acknowledged;  /* "recorded" was printed */
byte remote;        /* what the tip of the remote's branch holds */
byte tip;           /* its number; the remote compares it before it moves the branch */
byte seen_tip;      /* the clone's known tip, as last fetched or pushed */
byte seen;          /* what that holds */

byte publisher_lock;  /* how many hold it: more than one where locks are broken */
byte publish_lock;
byte publishing;      /* detached publishers at work */
byte foreign_pushed;

byte deaths = DEATHS;
byte lost_answers = LOST_ANSWERS;

/* Kernel locks: taken or not at once; released by release() and by death. */
#ifdef BROKEN_LOCKS
#define may_be_given(lock) true
#else
#define may_be_given(lock) (lock == 0)
#endif
inline try_acquire(lock, got) {
  atomic {
    if
    :: may_be_given(lock) -> lock++; got = true
    :: lock > 0 -> got = false
    fi
  }
}
inline release(lock) { atomic { assert(lock > 0); lock-- } }

/* Between any two steps. `died` gives back what the kernel gives back. */
#if DEATHS
#define may_die if :: atomic { deaths > 0 -> deaths--; goto died } :: true fi
#else
#define may_die skip
#endif

/* start_detached_publisher(): a look whether one is at work, and only then a new process. */
inline start_publisher() {
  try_acquire(publisher_lock, got);
  if
  :: got ->
     held = true;
     may_die;
#ifdef START_BEFORE_RELEASE
     run publisher(true);
     release(publisher_lock);
     held = false
#else
     release(publisher_lock);
     held = false;
     may_die;
     run publisher(true)
#endif
  :: else   /* whoever holds it looks again after it let go */
  fi
}

proctype reporter(byte event) {
  bool got, held;
#ifdef ACKNOWLEDGE_FIRST
  acknowledged = acknowledged | event;
  may_die;
  spool = spool | event;
  may_die;
  start_publisher();
#elif defined(START_BEFORE_APPEND)
  start_publisher();
  may_die;
  spool = spool | event;
  acknowledged = acknowledged | event;
#else
  spool = spool | event;
  may_die;
  acknowledged = acknowledged | event;
  may_die;
  start_publisher();
#endif
died:
  if
  :: held -> release(publisher_lock)
  :: else
  fi
}

/* run_detached(), and publish_until_idle() of `signalbox sync`, which takes no publisher_lock. */
proctype publisher(bool detached) {
  byte batch, fresh, base_tip, base;
  bool got, held, held_publish, working;

take_lock:
  if
  :: detached ->
     try_acquire(publisher_lock, got);
     if
     :: !got -> goto done   /* another is at work, or a reporter just looks and starts one */
     :: else -> atomic { held = true; working = true; publishing++ }
     fi;
#ifndef BROKEN_LOCKS
     assert(publishing <= 1);
#endif
#ifdef RELEASE_EARLY
     release(publisher_lock);
     held = false;
#endif
  :: else
  fi;

look:
  may_die;
  if
  :: spool == 0 && detached -> goto let_go
  :: else
  fi;
  atomic {
    may_be_given(publish_lock) -> publish_lock++; held_publish = true
  }
  may_die;
  atomic { base_tip = seen_tip; base = seen }   /* optimistic: a stale tip costs one more try */
  if
  :: !detached -> goto fetch
  :: else
  fi;

read_again:   /* before each try: an old value must not overwrite a newer one */
  batch = spool;
  if
  :: batch == 0 -> goto published
  :: else
  fi;
  fresh = without(batch, base);
#ifdef RETIRE_BEFORE_PUSH
  spool = without(spool, batch);
#endif
push:
  may_die;
  if
  :: fresh == 0 -> goto retire   /* the tip holds them all */
  :: else
  fi;
  atomic {
    if
#ifdef PUSH_WITHOUT_COMPARE
    :: true ->
       remote = base | fresh;
#else
    :: tip == base_tip ->
       assert((remote & fresh) == 0);   /* none is published twice */
       remote = remote | fresh;
#endif
       tip++;
       if
       :: base_tip = tip; base = remote; seen_tip = tip; seen = remote; goto retire
       :: lost_answers > 0 -> lost_answers--; goto silence
       fi
    :: lost_answers > 0 -> lost_answers--; goto silence   /* nor did the push arrive */
    :: tip != base_tip   /* lost the race */
#ifdef RETIRE_ON_REJECTION
       -> goto retire
#endif
#ifdef LEAVE_ON_REJECTION
       -> goto published_nothing
#endif
    fi
  }
  goto fetch;
silence:   /* pushed or not, nobody tells: what the remote holds decides */
#ifdef RETIRE_ON_SILENCE
  goto retire;
#endif
fetch:
  may_die;
  atomic { base_tip = tip; base = remote; seen_tip = tip; seen = remote }
#ifdef PUSH_THE_SAME_AGAIN
  if
  :: fresh != 0 -> goto push
  :: else
  fi;
#endif
  goto read_again;

retire:
  may_die;
#ifdef RETIRE_WHAT_WAITS
  batch = spool;
#endif
  assert(in(batch, remote));   /* nothing is retired that is not published */
  spool = without(spool, batch);

published:
  may_die;
  atomic { publish_lock--; held_publish = false }
  if
  :: detached -> goto look
  :: else
     /* What was reported since: its reporter may have met a publisher that waited for our lock. */
     if
     :: spool != 0 -> start_publisher()
     :: else
     fi;
     goto done
  fi;

#ifdef LEAVE_ON_REJECTION
published_nothing:
  atomic { publish_lock--; held_publish = false; publisher_lock--; held = false; publishing--;
           working = false }
  goto done;
#endif

let_go:
#ifdef LOOK_BEFORE_RELEASE
  got = (spool != 0);
  may_die;
#endif
  atomic {
    working = false;
    publishing--;
    if
    :: held -> release(publisher_lock); held = false
    :: else
    fi
  }
  may_die;
#ifdef NO_LOOK_AGAIN
  goto done;
#endif
#ifdef LOOK_BEFORE_RELEASE
  if
  :: got -> goto take_lock
  :: else -> goto done
  fi;
#endif
  if
  :: spool != 0 -> goto take_lock
  :: else -> goto done
  fi;

died:
  atomic {
    if :: held -> publisher_lock-- :: else fi;
    if :: held_publish -> publish_lock-- :: else fi;
    if :: working -> publishing-- :: else fi
  }
done:
  skip
}

/* A publisher of another clone, with an event of its own. */
proctype other_clone() {
  do
  :: foreign_pushed < FOREIGN ->
     atomic { remote = remote | FOREIGN_EVENT; tip++; foreign_pushed++ }
  :: else -> break
  od
}

init {
  byte i;
  atomic {
    for (i : 0 .. REPORTS - 1) {
      run reporter(1 << i)
    }
    run other_clone();
#ifdef SYNC
    run publisher(false)
#endif
  }
  timeout;   /* nobody can do anything any more: no publisher lives, and none is to come */
  if
  :: deaths < DEATHS ->   /* somebody was killed: the next report or the next sync sees to it */
     deaths = 0;
     if
     :: run reporter(1 << REPORTS)
     :: run publisher(false)
     fi;
     timeout
  :: else
  fi;
  assert(spool == 0);                   /* no wake-up was lost */
  assert(in(acknowledged, remote));     /* and no event */
  assert(foreign_pushed == 0 || (remote & FOREIGN_EVENT) != 0);
  assert(publisher_lock == 0 && publish_lock == 0 && publishing == 0)
}
