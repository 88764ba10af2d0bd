package dev.chord.node.rpc;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.RingCalls;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingView;
import dev.chord.node.loop.NodeLoop;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whether somebody who asks for an arc is a member that may get one: the ring knows it where it says it is,
 * and there it answers as itself. Otherwise anybody could make an owner give its keys to nobody. It is
 * dialled only where the ring has led to it. Blocks.
 */
public final class TakerCheck {
    private static final Duration DIAL = Duration.ofSeconds(2);
    private static final Duration LOOKUP = Duration.ofSeconds(3);

    private final NodeLoop loop;
    private final RingCalls calls;
    private final KeyLocator locator;

    /**
     * @param locator this check's own: what it finds while a ring grows is out of date soon, and others are
     *     not to be answered out of that
     */
    public TakerCheck(NodeLoop loop, PeerChannels channels, KeyLocator locator) {
        this.loop = loop;
        this.calls = new RingCalls(channels);
        this.locator = locator;
    }

    /**
     * Returns if it may.
     *
     * @param giver the member of this process that is asked; another is not this class's concern
     * @param next whether the taker says that this member comes right after it
     * @throws ChordException UNREACHABLE if it may not, as far as is known now
     */
    void check(Identifier giver, Peer taker, boolean next) {
        Optional<NodeState> asked = loop.state(giver);
        if (asked.isEmpty() || loop.hosts(taker.id())) {
            return;
        }
        RingView view = asked.get().view();
        boolean known = next
                ? view.predecessor().filter(p -> same(p, taker)).isPresent()
                : inView(view, taker) || isFound(taker);
        if (!known) {
            throw no(taker + " is not known here as " + (next ? "the predecessor" : "a member"));
        }
        Peer there;
        try {
            there = calls.neighborhood(taker.endpoint(), Optional.of(taker.id()), DIAL)
                    .self();
        } catch (ChordException e) {
            throw no(taker + " does not answer: " + e.getMessage());
        }
        if (!there.equals(taker)) {
            throw no(there + " answers in place of " + taker);
        }
    }

    private static ChordException no(String why) {
        return new ChordException(ErrorCode.UNREACHABLE, "not handed over: " + why, "ask again");
    }

    private static boolean inView(RingView view, Peer taker) {
        return Stream.of(
                        view.predecessor().stream(),
                        view.successors().entries().stream(),
                        view.fingers().peers().stream())
                .flatMap(peers -> peers)
                .anyMatch(p -> same(p, taker));
    }

    private boolean isFound(Peer taker) {
        try {
            return locator.lookup(taker.id(), LOOKUP).chain().stream().limit(1).anyMatch(p -> same(p, taker));
        } catch (ChordException e) {
            return false;
        }
    }

    // It may have been started again since it was met.
    private static boolean same(Peer met, Peer taker) {
        return met.sameMember(taker)
                && met.process().equals(taker.process())
                && met.endpoint().equals(taker.endpoint());
    }
}
