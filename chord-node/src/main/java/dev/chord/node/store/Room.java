package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.placement.Allowance;
import dev.chord.core.placement.Precedence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * The one ledger of this node's disk: whoever is about to write bytes that others sent claims room for them
 * first, and gives back what is not needed, or not any more. So what arrives counts against {@code
 * store.quota} and {@code store.reserve} while it arrives, whichever way it comes. Thread-safe; a claim
 * blocks for one question to the file system.
 */
public final class Room {
    private final StoreIo io;
    private final Path root;
    private final StoreLimits limits;
    private final LongSupplier kept;
    private final List<Relief> reliefs = new CopyOnWriteArrayList<>();
    private long claimed;
    private long unwritten;
    private long ahead;

    /** Somebody who can give room back when it is short. */
    public interface Relief {
        /**
         * Gives back about so many bytes, if it can.
         *
         * @param by who wants them
         * @return whether anything was given back
         */
        boolean relieve(long bytes, Precedence by);
    }

    Room(StoreIo io, Path root, StoreLimits limits, LongSupplier kept) {
        this.io = io;
        this.root = root;
        this.limits = limits;
        this.kept = kept;
    }

    /** Who is asked when room is short, after those who were named before. */
    public void onShortage(Relief relief) {
        reliefs.add(relief);
    }

    /** How many bytes of blocks may be kept, as the disk is now. */
    long quota() {
        try {
            return limits.quota().applyAsLong(io.space(root).total());
        } catch (IOException e) {
            throw DiskErrors.translate(e);
        }
    }

    /**
     * Claims room for bytes that are about to be written.
     *
     * @throws ChordException NO_SPACE if they do not fit, whoever gives way
     */
    public Claim claim(long bytes) {
        return claim(bytes, Precedence.FIRST);
    }

    /** The same for one who may have to give way to others. */
    public Claim claim(long bytes, Precedence by) {
        Claim claim = new Claim(by);
        claim.grow(bytes);
        return claim;
    }

    /** Notes bytes that lie on the disk already, as from before a restart; this is never refused. */
    public synchronized Claim found(long bytes) {
        Claim claim = new Claim(Precedence.FIRST);
        claim.counted = bytes;
        claimed += bytes;
        return claim;
    }

    private synchronized Allowance.Bound take(Claim claim, long bytes, long more, boolean must) {
        StoreIo.Space space;
        try {
            space = io.space(root);
        } catch (IOException e) {
            throw DiskErrors.translate(e);
        }
        Allowance allowance =
                new Allowance(limits.quota().applyAsLong(space.total()), (long) (limits.reserve() * space.total()));
        Allowance.Bound bound = allowance.bound(
                new Allowance.Use(kept.getAsLong() + claimed, unwritten + ahead + more, space.usable()), bytes);
        if (bound == Allowance.Bound.NONE) {
            claimed += bytes;
            unwritten += bytes;
            claim.counted += bytes;
            claim.pending += bytes;
            ahead += more;
            claim.ahead += more;
        } else if (must) {
            throw refusal(bound, allowance);
        }
        return bound;
    }

    private static ChordException refusal(Allowance.Bound bound, Allowance allowance) {
        return bound == Allowance.Bound.QUOTA
                ? new ChordException(
                        ErrorCode.NO_SPACE,
                        "this node's quota of " + allowance.quota() + " bytes is used up",
                        "raise store.quota, or add nodes")
                : new ChordException(
                        ErrorCode.NO_SPACE, "the disk is full up to its reserve", "free space or add nodes");
    }

    /**
     * Room for one thing on its way; closed when that has arrived or never will. Nothing happens on closing
     * it twice.
     */
    public final class Claim implements AutoCloseable {
        private final Precedence by;
        private long counted;
        private long pending;
        private long ahead;

        private Claim(Precedence by) {
            this.by = by;
        }

        /**
         * Claims more.
         *
         * @throws ChordException NO_SPACE if it does not fit; what was claimed before stays claimed
         */
        public void grow(long bytes) {
            grow(bytes, 0);
        }

        /**
         * The same, if the disk also has room for what will be written later, before these bytes can go.
         *
         * @param more what that is beyond what was said of it before; no quota counts it yet
         */
        void grow(long bytes, long more) {
            if (take(this, bytes, more, false) == Allowance.Bound.NONE) {
                return;
            }
            for (Relief relief : reliefs) {
                if (relief.relieve(bytes + more, by) && take(this, bytes, more, false) == Allowance.Bound.NONE) {
                    return;
                }
            }
            take(this, bytes, more, true);
        }

        /** So many of the bytes are written: from now on the disk itself counts them. */
        public void written(long bytes) {
            synchronized (Room.this) {
                long now = Math.min(bytes, pending);
                pending -= now;
                unwritten -= now;
            }
        }

        /** What is claimed and not written is given back, and what was said of later with it. */
        public void trim() {
            synchronized (Room.this) {
                long back = Math.min(pending, counted);
                claimed -= back;
                counted -= back;
                unwritten -= pending;
                pending = 0;
                ahead(0);
            }
        }

        // under the lock
        private void ahead(long now) {
            Room.this.ahead += now - ahead;
            ahead = now;
        }

        /** What will be written later, as far as it was said. */
        long ahead() {
            synchronized (Room.this) {
                return ahead;
            }
        }

        /** What is claimed and not written, in bytes. */
        public long pending() {
            synchronized (Room.this) {
                return pending;
            }
        }

        /**
         * How many bytes the quota counts for it from now on: none while it counts the blocks that are made
         * of it.
         */
        void count(long bytes) {
            synchronized (Room.this) {
                claimed += bytes - counted;
                counted = bytes;
            }
        }

        /** Ends the claim in the same moment in which what was claimed for becomes something that is kept. */
        void settle(Runnable keep) {
            synchronized (Room.this) {
                keep.run();
                close();
            }
        }

        @Override
        public void close() {
            synchronized (Room.this) {
                claimed -= counted;
                unwritten -= pending;
                counted = 0;
                pending = 0;
                ahead(0);
            }
        }
    }
}
