package dev.chord.client;

import dev.chord.client.error.ChordException;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.locate.RingCalls;
import dev.chord.client.rpc.PeerChannels;
import dev.chord.client.rpc.WireCodec;
import dev.chord.client.rpc.WireErrors;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Reply;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.ListNamesReply;
import dev.chord.proto.v1.ListNamesRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The ring as seen by walking round it. */
public final class Topology {
    private static final Duration STEP = Duration.ofSeconds(2);

    private final PeerChannels channels;
    private final KeyLocator locator;
    private final List<Endpoint> seeds;
    private final RingOptions options;

    Topology(PeerChannels channels, KeyLocator locator, List<Endpoint> seeds, RingOptions options) {
        this.channels = channels;
        this.locator = locator;
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
        Deque<Peer> open = new ArrayDeque<>();
        for (Endpoint seed : seeds) {
            try {
                Reply.Neighborhood at = calls.neighborhood(seed, Optional.empty(), STEP);
                open.add(at.self());
                break;
            } catch (ChordException e) {
                // the next seed may answer; if none does, the list is empty
            }
        }
        while (!open.isEmpty()) {
            Peer peer = open.remove();
            Member before = found.get(peer.id());
            if (before != null && (before.view().isPresent() || !peer.supersedes(before.peer()))) {
                continue;
            }
            Member member = ask(calls, peer);
            found.put(peer.id(), member);
            member.view().ifPresent(at -> {
                open.addAll(at.successors());
                at.predecessor().ifPresent(open::add);
            });
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

    /** The way to a key, hop by hop, walked just now. */
    public Lookup.Result trace(Identifier key) {
        return locator.lookup(key, options.timeout());
    }

    /** All records of names with this prefix, each from its owner, with the coverage reached. */
    record NameRecords(List<Record> records, Coverage coverage) {}

    NameRecords nameRecords(String prefix) {
        long end = System.nanoTime() + options.timeout().toNanos() / 2;
        NameRecords result = askEveryone(prefix);
        while (!result.coverage().complete() && System.nanoTime() < end && pause()) {
            result = askEveryone(prefix); // an arc is changing hands, or a dead member's arc is not taken yet
        }
        return result;
    }

    private static boolean pause() {
        try {
            Thread.sleep(100);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private NameRecords askEveryone(String prefix) {
        List<Record> records = new ArrayList<>();
        List<Arc> answered = new ArrayList<>();
        List<String> silent = new ArrayList<>();
        for (Member member : members()) {
            if (member.view().isEmpty()) {
                silent.add(member.peer() + ": " + member.trouble());
                continue;
            }
            try {
                Iterator<ListNamesReply> replies = RecordServiceGrpc.newBlockingStub(
                                channels.to(member.peer().endpoint()))
                        .withDeadlineAfter(options.timeout().toMillis(), TimeUnit.MILLISECONDS)
                        .listNames(ListNamesRequest.newBuilder()
                                .setPrefix(prefix)
                                .setTarget(WireCodec.out(member.peer().id()))
                                .build());
                while (replies.hasNext()) {
                    ListNamesReply reply = replies.next();
                    records.addAll(reply.getRecordsList());
                    if (reply.hasCovered()) {
                        answered.add(WireCodec.in(reply.getCovered()));
                    }
                }
            } catch (StatusRuntimeException e) {
                silent.add(member.peer() + ": "
                        + WireErrors.fromStatus(e, member.peer().endpoint()).getMessage());
            }
        }
        return new NameRecords(records, Coverage.of(answered, silent));
    }
}
