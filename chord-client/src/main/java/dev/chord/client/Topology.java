package dev.chord.client;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
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
import dev.chord.proto.v1.AdminServiceGrpc;
import dev.chord.proto.v1.GetStatusRequest;
import dev.chord.proto.v1.ListNamesReply;
import dev.chord.proto.v1.ListNamesRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The ring as seen by walking round it. */
public final class Topology {
    private static final Duration STEP = Duration.ofSeconds(2);

    private final PeerChannels channels;
    private final KeyLocator locator;
    private final List<Endpoint> seeds;
    private final RingOptions options;
    private final Executor workers;

    Topology(Ring.Parts parts, List<Endpoint> seeds, RingOptions options) {
        this.channels = parts.channels();
        this.locator = parts.locator();
        this.workers = parts.workers();
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

    /**
     * A member's finger table: the first finger of each run of equal ones, and whom it names.
     *
     * @throws ChordException UNREACHABLE if the member does not answer
     */
    public Map<Integer, Peer> fingers(Peer member) {
        try {
            Map<Integer, Peer> fingers = new TreeMap<>();
            AdminServiceGrpc.newBlockingStub(channels.to(member.endpoint()))
                    .withDeadlineAfter(STEP.toMillis(), TimeUnit.MILLISECONDS)
                    .getStatus(GetStatusRequest.getDefaultInstance())
                    .getMembersList()
                    .stream()
                    .filter(m -> WireCodec.in(m.getNeighborhood()).self().sameMember(member))
                    .flatMap(m -> m.getFingersList().stream())
                    .forEach(f -> fingers.put(f.getIndex(), WireCodec.in(f.getPeer())));
            return fingers;
        } catch (StatusRuntimeException e) {
            throw WireErrors.fromStatus(e, member.endpoint());
        }
    }

    /** The way to a key, hop by hop, walked just now. */
    public Lookup.Result trace(Identifier key) {
        return locator.lookup(key, options.timeout());
    }

    /**
     * Names to be found, and who is told of each of them as its owner answers.
     *
     * @param patience how long to ask again those parts of the ring that did not answer
     */
    record Search(String prefix, String pattern, Duration patience, Consumer<Record> found) {}

    /** Asks every owner, several at a time; those that gave no answer again, while there is patience. */
    Coverage search(Search search) {
        long end = System.nanoTime() + search.patience().toNanos();
        Set<String> told = ConcurrentHashMap.newKeySet();
        Coverage coverage = askEveryone(search, told);
        while (!coverage.complete() && System.nanoTime() < end && pause()) {
            coverage = askEveryone(search, told); // an arc is changing hands, or a dead member's arc is not taken yet
        }
        return coverage;
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

    private Coverage askEveryone(Search search, Set<String> told) {
        List<Arc> answered = Collections.synchronizedList(new ArrayList<>());
        List<String> silent = Collections.synchronizedList(new ArrayList<>());
        List<CompletableFuture<Void>> asked = new ArrayList<>();
        for (Member member : members()) {
            if (member.view().isEmpty()) {
                silent.add(member.peer() + ": " + member.trouble());
            } else {
                asked.add(CompletableFuture.runAsync(() -> askOne(member, search, told, answered, silent), workers));
            }
        }
        try {
            asked.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            throw e.getCause() instanceof ChordException known ? known : e;
        }
        return Coverage.of(answered, silent);
    }

    private void askOne(Member member, Search search, Set<String> told, List<Arc> answered, List<String> silent) {
        ListNamesRequest request = ListNamesRequest.newBuilder()
                .setPrefix(search.prefix())
                .setPattern(search.pattern())
                .setTarget(WireCodec.out(member.peer().id()))
                .build();
        try {
            Iterator<ListNamesReply> replies = RecordServiceGrpc.newBlockingStub(
                            channels.to(member.peer().endpoint()))
                    .withDeadlineAfter(options.timeout().toMillis(), TimeUnit.MILLISECONDS)
                    .listNames(request);
            while (replies.hasNext()) {
                ListNamesReply reply = replies.next();
                for (Record record : reply.getRecordsList()) {
                    if (!record.getDeleted() && told.add(record.getLabel())) {
                        search.found().accept(record);
                    }
                }
                if (reply.hasCovered()) {
                    answered.add(WireCodec.in(reply.getCovered()));
                }
            }
        } catch (StatusRuntimeException e) {
            ChordException error = WireErrors.fromStatus(e, member.peer().endpoint());
            if (error.code() == ErrorCode.USAGE) {
                throw error;
            }
            silent.add(member.peer() + ": " + error.getMessage());
        }
    }
}
