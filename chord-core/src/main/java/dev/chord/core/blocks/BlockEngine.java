package dev.chord.core.blocks;

import dev.chord.core.blocks.BlockHost.Need;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import dev.chord.core.ring.Peer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The blocks of one process: new ones and their copies on others, leases, repair, what the names owned here
 * need. All rules about blocks are here, once; a node and a simulation are hosts of the same engine. It is
 * deterministic: the same inputs in the same order lead to the same calls of its host. No method blocks; each
 * answers through the consumer that it is given, within the call or later, unless the process ends first.
 */
public final class BlockEngine {
    private final BlockHost host;
    private final BlockSettings settings;
    private final BlockHolder holder;
    private final NewBlocks fresh = new NewBlocks(this);
    private final NameNeeds names = new NameNeeds(this);
    private final Deque<Runnable> passes = new ArrayDeque<>(); // the first is under way, the others wait for it
    private long sendNext;

    /**
     * What became of a new block.
     *
     * @param here whether this process keeps it, and why not
     * @param holders who has it durably, this process first
     */
    public record Stored(Kept here, List<Peer> holders) {}

    /**
     * What one pass of repair did.
     *
     * @param copied blocks given to others
     * @param dropped blocks let go
     * @param failed that could not be brought to all their places
     */
    public record Round(long checked, long copied, long dropped, long failed) {
        static final Round NOTHING = new Round(0, 0, 0, 0);

        Round plus(Round other) {
            return new Round(
                    checked + other.checked, copied + other.copied, dropped + other.dropped, failed + other.failed);
        }
    }

    public BlockEngine(BlockHost host, BlockSettings settings) {
        this.host = host;
        this.settings = settings;
        this.holder = new BlockHolder(host, settings);
    }

    // ---- what clients ask

    /**
     * Keeps a new block here and on the processes that come next among the candidates; one that fails is
     * replaced by the next.
     *
     * @param candidates who may keep it, the owner of its key first; where the ring leads
     * @param then told when enough have it, or nobody is left to ask
     */
    public void put(Arrival block, List<Peer> candidates, Consumer<Stored> then) {
        fresh.put(new NewBlocks.Put(block, candidates), then);
    }

    // ---- what other processes ask

    /**
     * Answers a question.
     *
     * @param then empty: the disk cannot do its part now
     */
    @SuppressWarnings("unchecked") // the answer to a question is of its kind
    public <A> void serve(BlockQuestion<A> question, Consumer<Optional<A>> then) {
        Consumer<Object> out = answer -> then.accept(Optional.of((A) answer));
        if (question instanceof BlockQuestion.Store asked) {
            holder.accept(asked.block(), out::accept);
        } else if (question instanceof BlockQuestion.Has asked) {
            out.accept(holder.serve(asked));
        } else if (question instanceof BlockQuestion.Fingerprint asked) {
            out.accept(holder.serve(asked));
        } else if (question instanceof BlockQuestion.Renew asked) {
            renew(asked, lacking -> then.accept(lacking.map(places -> (A) places)));
        } else if (question instanceof BlockQuestion.Release asked) {
            holder.release(asked.upload(), out::accept);
        } else {
            throw new IllegalArgumentException("a question of another kind: " + question);
        }
    }

    private void renew(BlockQuestion.Renew asked, Consumer<Optional<List<Integer>>> then) {
        if (asked.condemned()) {
            then.accept(Optional.of(lacking(asked.digests(), holder.condemn(asked.digests()))));
        } else {
            holder.renew(
                    asked.digests(),
                    asked.copies(),
                    asked.upload(),
                    here -> then.accept(here.map(h -> lacking(asked.digests(), h))));
        }
    }

    private static List<Integer> lacking(List<Identifier> digests, Set<Identifier> here) {
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < digests.size(); i++) {
            if (!here.contains(digests.get(i))) {
                places.add(i);
            }
        }
        return places;
    }

    // ---- what the process around it asks

    /** Lets uploads that are not finished make room; told whether any of their blocks went. */
    public void makeRoom(long bytes, Precedence by, Consumer<Boolean> then) {
        holder.makeRoom(bytes, by, then);
    }

    /** The disk has lost a block, or found it damaged and put it aside. */
    public void lost(Identifier digest) {
        holder.lost(digest);
    }

    /**
     * Keeps a copy of a block that is lost here and was found elsewhere; for a while, in which it is
     * spoken for.
     */
    public void heal(Identifier digest, Bytes bytes, Consumer<Kept> then) {
        OptionalLong lease = OptionalLong.of(limits().grace());
        holder.accept(new Arrival(digest, bytes, 0, lease, Precedence.FIRST), then);
    }

    /**
     * Brings every block here to the processes that should hold it.
     *
     * @param leaving whether this process will be gone; then it keeps its copies
     * @param progress told how many blocks have been looked at
     */
    public void repair(boolean leaving, Consumer<Long> progress, Consumer<Round> then) {
        passes.add(() -> new BlockRepair(this, leaving, progress).start(round -> {
            passes.remove();
            Optional.ofNullable(passes.peek()).ifPresent(Runnable::run);
            then.accept(round);
        }));
        if (passes.size() == 1) {
            passes.element().run();
        }
    }

    /**
     * A name stands for something else now.
     *
     * @param before what it stood for; empty: for nothing
     * @param now empty: it is deleted
     */
    public void replaced(String name, Optional<Need> before, Optional<Need> now) {
        names.replaced(name, before, now);
    }

    /** Tells of what was {@link #replaced}, unless that is going on already. */
    public void settle(Runnable then) {
        names.settle(then);
    }

    /**
     * Speaks for all names owned here, and lets go of what nobody needs; told how many blocks went. To be
     * called again and again.
     */
    public void round(Consumer<Integer> then) {
        names.round(then);
    }

    /** Lets time pass in which those who need blocks could have said so; told how many went. */
    public void reclaim(long elapsed, Consumer<Integer> then) {
        holder.reclaim(elapsed, then);
    }

    /** What is left of the lease of a block. */
    public long leaseLeft(Identifier digest) {
        return holder.leaseLeft(digest);
    }

    /** How many copies of a block the ring should have. */
    public int copies(Identifier digest) {
        return holder.copies(digest);
    }

    /** How many blocks went because nobody needed them any more. */
    public long reclaimed() {
        return holder.reclaimed();
    }

    /** Lets a block go that others hold, unless somebody wants it kept here; told whether it went. */
    void drop(Identifier digest, Consumer<Boolean> then) {
        holder.drop(digest, then);
    }

    // ---- what its parts share

    BlockHost host() {
        return host;
    }

    BlockLimits limits() {
        return settings.limits();
    }

    BlockHolder holder() {
        return holder;
    }

    /** The first member, which stands for the process. */
    Peer self() {
        return host.members().get(0).self();
    }

    /** Asks a process, which may be this one; empty: there is no answer. */
    <A> void ask(Peer peer, BlockQuestion<A> question, Consumer<Optional<A>> then) {
        if (peer.process().equals(self().process())) {
            serve(question, then);
        } else {
            host.ask(peer, question, limits().call(), then);
        }
    }

    /**
     * Sends a good copy of a block that is here, no faster than it may be sent; told whether it is there now.
     */
    void supply(Peer receiver, Identifier digest, Consumer<Boolean> then) {
        host.disk().read(digest, found -> {
            if (found.isEmpty() || !holder.holdings().has(digest)) {
                then.accept(false);
                return;
            }
            Bytes bytes = found.get();
            pace(bytes.size(), () -> {
                OptionalLong lease = OptionalLong.of(holder.leaseLeft(digest));
                Arrival copy = new Arrival(digest, bytes, holder.copies(digest), lease, Precedence.FIRST);
                ask(receiver, new BlockQuestion.Store(copy), kept -> {
                    boolean there = kept.filter(Kept::isKept).isPresent();
                    if (there) {
                        host.supplied(bytes.size());
                    }
                    then.accept(there);
                });
            });
        });
    }

    private void pace(long bytes, Runnable then) {
        long now = host.now();
        long wait = Math.max(0, sendNext - now);
        sendNext = now + wait + (long) (bytes * 1e6 / Math.max(1, settings.bytesPerSecond()));
        if (wait == 0) {
            then.run();
        } else {
            host.after(wait, then);
        }
    }
}
