package dev.chord.client.wire;

import dev.chord.client.error.ChordException;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.RingRequest;
import dev.chord.proto.v1.RingServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads a member's fingers from its answers to steps of lookups. It gives these to callers on every machine,
 * while its administration is for those on its own. Called on any thread; it waits for the answers.
 */
public final class FingerWalk {
    private static final int WIDTH = 16; // members name no more in one answer
    private static final IdentifierCircle CIRCLE = IdentifierCircle.FULL;

    private final Outside around;
    private final Peer member;
    private final Duration limit;

    /** @param limit of each question */
    public FingerWalk(Outside around, Peer member, Duration limit) {
        this.around = around;
        this.member = member;
        this.limit = limit;
    }

    /**
     * Finger i is the first member at or after n + 2^i that this one knows.
     *
     * @return the first finger of each run of equal ones
     * @throws ChordException UNREACHABLE, DEADLINE or INCOMPATIBLE if the member gives no proper answer
     */
    public Map<Integer, Peer> fingers() {
        NavigableMap<Identifier, Peer> known = known();
        Map<Integer, Peer> fingers = new TreeMap<>();
        int next = 0;
        while (next < CIRCLE.fingers()) {
            Identifier start = CIRCLE.fingerStart(member.id(), next);
            Map.Entry<Identifier, Peer> first = known.ceilingEntry(CIRCLE.distance(member.id(), start));
            if (first == null) {
                break; // nobody is known between there and the member itself
            }
            Peer finger = first.getValue();
            fingers.put(next, finger);
            next = 1 + CIRCLE.lastFingerWithin(member.id(), new Arc(member.id(), finger.id()), next);
        }
        return fingers;
    }

    // Everybody it knows, by the distance after itself. They are asked for from the far end on, as many at a
    // time as it names.
    private NavigableMap<Identifier, Peer> known() {
        NavigableMap<Identifier, Peer> known = new TreeMap<>();
        Identifier key = member.id();
        boolean more = true;
        while (more) {
            Reply.Step step = ask(key);
            step.at().successors().forEach(peer -> note(peer, known));
            more = false;
            for (Peer peer : step.closer()) {
                if (Arc.strictlyBetween(member.id(), peer.id(), key)) { // else the walk might not end
                    note(peer, known);
                    key = peer.id();
                    more = true;
                }
            }
        }
        return known;
    }

    private void note(Peer peer, Map<Identifier, Peer> known) {
        if (!peer.sameMember(member)) {
            known.put(CIRCLE.distance(member.id(), peer.id()), peer);
        }
    }

    private Reply.Step ask(Identifier key) {
        RingRequest question =
                RingCodec.out(Optional.of(member.id()), Optional.empty(), new Request.FindStep(key, WIDTH));
        try {
            Reply reply =
                    RingCodec.in(around.ask(member.endpoint(), RingServiceGrpc.getExchangeMethod(), question, limit));
            if (reply instanceof Reply.Step step) {
                return step;
            }
            throw new MalformedMessageException(MalformedMessageException.Fault.KIND, "no step of a lookup");
        } catch (StatusRuntimeException | MalformedMessageException e) {
            throw WireErrors.fromStatus(e, member.endpoint());
        }
    }
}
