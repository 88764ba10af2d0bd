package dev.chord.sim.client;

import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/**
 * Programs that wait, in virtual time. Each runs on a thread of its own, and the threads hand a baton on:
 * either the simulation runs or one of the programs, never two of them, and who goes on when is decided by
 * events of the simulation alone. So a run is the same every time, although it has threads. All methods are
 * called by whoever has the baton.
 */
final class Programs {
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "simulated-client");
        thread.setDaemon(true);
        return thread;
    });

    private static final long OTHER = 1L << 40;

    private Optional<Program> running = Optional.empty();

    /** Whether a program has the baton. */
    boolean isRunning() {
        return running.isPresent();
    }

    /** The program that has the baton. */
    Program current() {
        return running.orElseThrow(() -> new IllegalStateException("only a program may wait, the simulation may not"));
    }

    /** What a program ends with that is not wanted any more; nobody catches it. */
    private static final class GivenUp extends Error {
        private static final long serialVersionUID = 1L;

        GivenUp() {
            super("nobody waits for this program any more", null, false, false);
        }
    }

    /** One program, from its beginning to its end. */
    final class Program {
        private final Runnable work;
        private Thread home = Thread.currentThread();
        private Optional<Thread> thread = Optional.empty();
        private Optional<Throwable> failure = Optional.empty();
        private boolean ended;
        private boolean waiting;
        private boolean givenUp;
        private long waits;
        private long number;
        private boolean askedCopies;
        private volatile boolean turn;

        /**
         * @param number by which its first write is known; of others the high bits are others
         * @param work runs when it is first {@link #goOn let go on}
         */
        Program(long number, Runnable work) {
            this.number = number;
            this.work = work;
        }

        /** A number for a write, another one each time. */
        long nextNumber() {
            long next = number;
            number += OTHER;
            return next;
        }

        /** Notes whether what it asks now is for any copy. */
        void asks(boolean copies) {
            askedCopies = copies;
        }

        /** Whether what it asked last was for any copy. */
        boolean askedCopies() {
            return askedCopies;
        }

        /** Which wait it is in; another one each time. */
        long waits() {
            return waits;
        }

        /** Whether it is still in a wait. */
        boolean isIn(long wait) {
            return waiting && waits == wait;
        }

        /** The simulation lets it run until it waits or ends. */
        void goOn() {
            if (ended) {
                return;
            }
            home = Thread.currentThread();
            running = Optional.of(this);
            waiting = false;
            turn = true;
            if (thread.isPresent()) {
                LockSupport.unpark(thread.get());
            } else {
                THREADS.execute(this::run);
            }
            while (turn) {
                LockSupport.park(this);
            }
            running = Optional.empty();
            failure.ifPresent(Program::rethrow);
        }

        /** The simulation ends it, wherever it is. */
        void giveUp() {
            givenUp = true;
            if (thread.isEmpty()) {
                ended = true;
            }
            goOn();
        }

        private void run() {
            thread = Optional.of(Thread.currentThread());
            try {
                work.run();
            } catch (GivenUp e) {
                // as asked for
            } catch (Throwable e) {
                failure = Optional.of(e);
            }
            ended = true;
            handBack();
        }

        /** The program begins another wait; {@link #sleep} goes into it. */
        long begin() {
            waiting = true;
            return ++waits;
        }

        /** The program waits until the simulation lets it go on. */
        void sleep() {
            handBack();
            while (!turn) {
                LockSupport.park(this);
            }
            if (givenUp) {
                throw new GivenUp();
            }
        }

        private void handBack() {
            Thread back = home;
            turn = false;
            LockSupport.unpark(back);
        }

        private static void rethrow(Throwable failure) {
            if (failure instanceof RuntimeException e) {
                throw e;
            } else if (failure instanceof Error e) {
                throw e;
            }
            throw new IllegalStateException(failure);
        }
    }
}
