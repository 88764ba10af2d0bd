package dev.chord.core.blocks;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a block engine needs of the process around it: a node, or a simulation. Every call comes from the
 * engine's one thread, none blocks, and every answer is given on that thread, within the call or later. All
 * times are microseconds.
 */
public interface BlockHost {
    /** Time since anything, which only goes forward; it may stand still while the machine sleeps. */
    long now();

    /** Runs something after a while by {@link #now}, unless the process ends first. */
    void after(long delay, Runnable what);

    /**
     * The members of this process as they are now; the first stands for the process. None: it is in no ring.
     */
    List<NodeState> members();

    /**
     * Gives a member a command; answered unless the process ends or is too busy, and then with
     * {@code Declined}.
     */
    void command(Identifier member, Command command, Consumer<Outcome> then);

    /**
     * Asks another process.
     *
     * @param limit after which no answer is waited for
     * @param then empty: it was refused, or lost, or not answered in time; what was asked for may
     *     have happened
     */
    <A> void ask(Peer peer, BlockQuestion<A> question, long limit, Consumer<Optional<A>> then);

    BlockDisk disk();

    /**
     * The names of an arc that stand for something, in the order of their labels.
     *
     * @param after goes on after this label
     * @param then told a page of them, empty: there are no more; or nothing if they cannot be read now
     */
    void names(Arc arc, String after, Consumer<Optional<List<Name>>> then);

    /**
     * The blocks that a content is made of besides the one that lists them; empty: that one cannot be
     * read now.
     */
    void chunks(Identifier content, Consumer<Optional<List<Identifier>>> then);

    /** So many bytes were sent to somebody who lacked them. */
    default void supplied(long bytes) {}

    /** A name and what it stands for. */
    record Name(String label, Need need) {}

    /**
     * What a name stands for.
     *
     * @param content the block that lists the others
     * @param copies how many the ring should have of each; 0: its usual number
     * @param shared whether the others lie with whoever shares the file in place, and are nobody else's
     *     to keep
     */
    record Need(Identifier content, int copies, boolean shared) {}
}
