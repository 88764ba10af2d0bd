package dev.chord.client;

import dev.chord.client.error.ChordException;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.locate.Seeds;
import dev.chord.client.wire.FingerWalk;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.RingCalls;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.protocol.Sweep;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The ring as seen by walking round it. */
public final class Topology {
    private static final Duration STEP = Duration.ofSeconds(2);

    private final PeerChannels channels;
    private final KeyLocator locator;
    private final List<Endpoint> seeds;
    private final RingOptions options;

    Topology(Ring.Parts parts, List<Endpoint> seeds, RingOptions options) {
        this.channels = parts.channels();
        this.locator = parts.locator();
        this.seeds = seeds;
        this.options = options;
    }

    /**
     * A member as it answered, or as others name it.
     *
     * @param view its own answer; empty if it gave none
     * @param trouble why it gave none
     */
    public record Member(Peer peer, Optional<Reply.Neighborhood> view, String trouble) {}

    /** Everybody that somebody names, by identifier. */
    public List<Member> members() {
        RingCalls calls = new RingCalls(channels);
        Map<Identifier, Member> found = new TreeMap<>();
        Sweep sweep = new Sweep(Seeds.ask(calls, seeds, STEP, at -> true).stream()
                .flatMap(answer -> answer.at().stream())
                .map(Reply.Neighborhood::self)
                .toList());
        while (!sweep.done()) {
            for (Peer peer : sweep.next(1)) {
                Member member = ask(calls, peer);
                found.put(peer.id(), member);
                member.view().ifPresent(at -> {
                    sweep.named(peer, at.successors());
                    at.predecessor().ifPresent(p -> sweep.named(peer, List.of(p)));
                });
                if (member.view().isPresent()) { // that counts as an answer, whether it owns anything yet or not
                    sweep.answered(peer, Optional.of(new Arc(peer.id(), peer.id())));
                } else {
                    sweep.failed(peer, member.trouble());
                }
            }
        }
        return List.copyOf(found.values());
    }

    private static Member ask(RingCalls calls, Peer peer) {
        try {
            Reply.Neighborhood at = calls.neighborhood(peer.endpoint(), Optional.of(peer.id()), STEP);
            return new Member(at.self(), Optional.of(at), "");
        } catch (ChordException e) {
            return new Member(peer, Optional.empty(), String.valueOf(e.getMessage()));
        }
    }

    /**
     * A member's finger table, as it answers lookups: the first finger of each run of equal ones, and who
     * it is.
     *
     * @throws ChordException UNREACHABLE or DEADLINE if the member does not answer
     */
    public Map<Integer, Peer> fingers(Peer member) {
        return new FingerWalk(channels, member, STEP).fingers();
    }

    /** Follows the members from now on. Close the watch to end it. */
    public RingWatch watch(Consumer<RingWatch.Event> listener) {
        return new RingWatch(this, listener);
    }

    /** The way to a key, hop by hop, walked just now. */
    public Lookup.Result trace(Identifier key) {
        return locator.lookup(key, options.timeout());
    }
}
