package dev.chord.core.records;

import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a record engine needs of the process around it: a node, or a simulation. Every call comes from the
 * engine's one thread, none blocks, and every answer is given on that thread, within the call or later. All
 * times are microseconds.
 */
public interface RecordHost {
    /** Time since anything, which only goes forward; it may stand still while the machine sleeps. */
    long now();

    /** The time of day, which may jump either way. */
    long timeOfDay();

    /** Runs something after a while by {@link #now}, unless the process ends first. */
    void after(long delay, Runnable what);

    /** The members of this process as they are now, at least one; the first stands for the process. */
    List<NodeState> members();

    /**
     * Gives a member a command; answered unless the process ends or is too busy, and then with
     * {@code Declined}.
     */
    void command(Identifier member, Command command, Consumer<Outcome> then);

    /** Tells a member how taking over an arc ended. */
    void taken(Identifier member, Event.ArcTaken end);

    /**
     * Asks a process, which may be this one. The process is the one that the peer names: another one that has
     * come to its address answers as one that was not meant.
     *
     * @param limit after which no answer is waited for
     */
    <A> void ask(Peer peer, Question<A> question, long limit, Replies<A> replies);

    RecordDisk disk();

    /**
     * A write has been given its version and is on its way to its holders; what becomes of it is not
     * known yet.
     */
    default void numbered(Record now) {}

    /** A name stands for something else now, or may; told once for each write, before it is answered. */
    void replaced(Record before, Record now);

    /** What is told to who asks: any number of answers, then the end. */
    interface Replies<A> {
        /**
         * An answer.
         *
         * @param more to be run when the next can be taken
         */
        void heard(A answer, Runnable more);

        /**
         * There are no more.
         *
         * @param whole whether all came; otherwise the question was refused, or lost, or was not answered in
         *     time: what it asked for may have happened
         */
        void ended(boolean whole);
    }

    /** Where the answers to a question go. */
    interface Sink<A> {
        /**
         * Sends an answer.
         *
         * @param then told when the next can be sent; false: nobody listens any more
         */
        void send(A answer, Consumer<Boolean> then);

        /** All has been sent. */
        void end();

        /** There will be no answer, or no more of it. */
        void refuse(String why);

        /** Sends the only answer. */
        default void only(A answer) {
            send(answer, there -> {});
            end();
        }
    }
}
