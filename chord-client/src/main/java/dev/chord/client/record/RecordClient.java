package dev.chord.client.record;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.error.Await;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.rpc.Batches;
import dev.chord.client.rpc.PeerChannels;
import dev.chord.client.rpc.WireCodec;
import dev.chord.client.rpc.WireErrors;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.NotOwner;
import dev.chord.proto.v1.ReadRecordsReply;
import dev.chord.proto.v1.ReadRecordsRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.WriteRecordReply;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.WriteRecordsRequest;
import dev.chord.proto.v1.Written;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.net.ConnectException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Reads and writes records at their owner. While an arc is on its way from one member to another nobody may speak for
 * its keys for a moment: such answers are asked again, within the time given.
 */
public final class RecordClient {
    private static final Duration CALL_LIMIT = Duration.ofSeconds(3);
    private static final long FIRST_PAUSE_MILLIS = 20;
    private static final long LONGEST_PAUSE_MILLIS = 250;
    private static final Duration READ_LIMIT = Duration.ofSeconds(2); // it can be asked again without harm
    private static final Duration REFUSED_FOR = Duration.ofMillis(2500); // longer than holders take to agree, as a rule
    private static final String REFUSED = "too few of the holders of this key are in reach to speak for it";
    private static final int CALLS = 2; // with writes, to one peer at a time

    private final PeerChannels channels;
    private final KeyLocator locator;
    private final int replicas;
    private final int readQuorum;
    private final SecureRandom operations = new SecureRandom();
    private final Batches<WriteRecordRequest, WriteRecordReply> writes;
    private volatile boolean agreement; // whether nobody but an owner may speak in this ring, as heard

    public RecordClient(PeerChannels channels, KeyLocator locator, int replicas, int readQuorum) {
        this.channels = channels;
        this.locator = locator;
        this.replicas = replicas;
        this.readQuorum = readQuorum;
        this.writes = new Batches<>(channels, CALLS, WriteRecordRequest::getSerializedSize, RecordClient::writeRecords);
    }

    private static ListenableFuture<List<Batches.Answer<WriteRecordReply>>> writeRecords(
            Channel channel, List<WriteRecordRequest> records, long nanosLeft) {
        return Futures.transform(
                RecordServiceGrpc.newFutureStub(channel)
                        .withDeadlineAfter(nanosLeft, TimeUnit.NANOSECONDS)
                        .writeRecords(WriteRecordsRequest.newBuilder()
                                .addAllWrites(records)
                                .build()),
                reply -> reply.getAnswersList().stream()
                        .map(one -> one.hasRefusal()
                                ? Batches.Answer.<WriteRecordReply>refused(one.getRefusal())
                                : Batches.Answer.of(one))
                        .toList(),
                MoreExecutors.directExecutor());
    }

    /** The records under a key as one member has them, owner or not; empty if it does not answer. */
    public Optional<List<Record>> copy(Peer peer, Identifier key, RecordKind kind, Duration limit) {
        try {
            Duration call = limit.compareTo(CALL_LIMIT) < 0 ? limit : CALL_LIMIT;
            return Optional.of(
                    stub(peer, call).readRecords(request(key, kind, true)).getRecordsList());
        } catch (StatusRuntimeException e) {
            return Optional.empty();
        }
    }

    /** One question to one member: an answer, or who else to ask. */
    private interface Question<T> {
        /** Empty: the member is not the owner, and {@code hint} may name a better one. */
        Optional<T> ask(Peer peer, Duration limit, List<Peer> hint);
    }

    /**
     * All records of a kind under a key, as their owner has them; if the owner is out of reach, the newest that a read
     * quorum of the other holders has.
     */
    public List<Record> read(Identifier key, RecordKind kind, Duration limit) {
        return atOwner(
                key,
                limit,
                false,
                (peer, left, hint) -> {
                    ReadRecordsReply reply = stub(peer, left).readRecords(request(key, kind, false));
                    agreement = reply.getAgreement();
                    if (reply.getAuthoritative()) {
                        return Optional.of(reply.getRecordsList());
                    }
                    note(reply.getNotOwner(), hint);
                    return Optional.empty();
                },
                chain -> fromCopies(chain, key, kind));
    }

    /**
     * Asks the owner, as far as it is known, without waiting. Only an authoritative answer counts; instead of any other,
     * {@link #read} finds out more.
     *
     * @return empty: it is not known
     */
    public Optional<ListenableFuture<ReadRecordsReply>> start(Identifier key, RecordKind kind, Duration limit) {
        Duration call = limit.compareTo(CALL_LIMIT) < 0 ? limit : CALL_LIMIT;
        return locator.known(key)
                .map(chain -> RecordServiceGrpc.newFutureStub(
                                channels.to(chain.get(0).endpoint()))
                        .withDeadlineAfter(call.toMillis(), TimeUnit.MILLISECONDS)
                        .readRecords(request(key, kind, false)));
    }

    /**
     * Writes a record; its version is given by the owner. An owner that does not answer is asked again, or the one that takes
     * its place, and takes the write for the same one: it takes effect once.
     *
     * @param expected write only if this is the current version; {@link Version#NONE}: only if there is none
     * @throws ChordException CONFLICT if the current version is another; DEADLINE if time runs out, when it may have been
     *     written or may not
     */
    public Written write(Record record, Optional<Version> expected, Duration limit) {
        WriteRecordRequest.Builder request =
                WriteRecordRequest.newBuilder().setRecord(record).setOperation(operations.nextLong() | 1);
        expected.ifPresent(v -> request.setExpected(WireCodec.out(v)));
        return atOwner(
                WireCodec.in(record.getKey()),
                limit,
                true,
                (peer, left, hint) -> {
                    WriteRecordReply reply = written(peer, request.build(), left);
                    if (reply.hasConflict()) {
                        throw new ChordException(
                                ErrorCode.CONFLICT,
                                "'" + record.getLabel() + "' was changed meanwhile: it is at version "
                                        + WireCodec.in(reply.getConflict().getVersion()),
                                "read it again and decide");
                    }
                    note(reply.getNotOwner(), hint);
                    return reply.hasWritten() ? Optional.of(reply.getWritten()) : Optional.empty();
                },
                chain -> Optional.empty());
    }

    private WriteRecordReply written(Peer peer, WriteRecordRequest request, Duration limit) {
        return Await.of(writes.ask(peer.endpoint(), request, limit), limit, peer.toString());
    }

    private static void note(NotOwner answer, List<Peer> hint) {
        if (answer.getRefused()) {
            throw new Refused();
        }
        if (answer.hasHint()) {
            hint.add(WireCodec.in(answer.getHint()));
        }
    }

    /** The member that owns a key may not speak for it: too few of its holders are in reach, as on one side of a cut. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private interface Fallback<T> {
        Optional<T> from(List<Peer> chain);
    }

    private <T> T atOwner(Identifier key, Duration limit, boolean writes, Question<T> question, Fallback<T> fallback) {
        long end = System.nanoTime() + limit.toNanos();
        long pause = FIRST_PAUSE_MILLIS;
        String last = "nobody was asked";
        boolean mayHaveActed = false;
        long refusedSince = 0;
        while (System.nanoTime() < end) {
            try {
                List<Peer> chain = locator.chain(key, Duration.ofNanos(end - System.nanoTime()));
                long call = System.nanoTime() + (writes ? CALL_LIMIT : READ_LIMIT).toNanos();
                Optional<T> answer = ask(chain.get(0), question, Math.min(end, call));
                if (answer.isPresent()) {
                    return answer.get();
                }
                last = chain.get(0) + " does not own the key now";
            } catch (Refused e) {
                refusedSince = refusedSince == 0 ? System.nanoTime() : refusedSince;
                last = REFUSED;
                if (System.nanoTime() - refusedSince > REFUSED_FOR.toNanos()) {
                    break;
                }
            } catch (OwnerSilent e) {
                last = e.getMessage();
                mayHaveActed |= writes && e.mayHaveActed();
                Optional<T> answer = agreement ? Optional.empty() : fromOthers(key, e.owner, fallback);
                if (answer.isPresent()) {
                    return answer.get();
                }
            } catch (ChordException e) {
                if (!e.code().retryable()) {
                    throw e;
                }
                mayHaveActed |= writes && e.code() == ErrorCode.DEADLINE;
                last = String.valueOf(e.getMessage());
            }
            locator.forget(key);
            sleep(Math.min(pause, Math.max(1, (end - System.nanoTime()) / 1_000_000)));
            pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
        }
        if (REFUSED.equals(last) && !mayHaveActed) {
            throw new ChordException(
                    ErrorCode.UNREACHABLE,
                    "refused: " + REFUSED,
                    "'chord ring check' names those that are waited for; try again when they are back, or a node on their side");
        }
        throw new ChordException(
                ErrorCode.DEADLINE,
                "no owner of key " + key.abbreviated() + " answered in time: " + last
                        + (mayHaveActed ? "; whether it was written is unknown" : ""),
                "the ring may be healing: see 'chord ring check', "
                        + (mayHaveActed ? "read again, and decide" : "and try again"));
    }

    // Only a fresh look at the ring tells whose copies count: those of an old owner's time may be old.
    private <T> Optional<T> fromOthers(Identifier key, Peer silent, Fallback<T> fallback) {
        try {
            List<Peer> now = locator.lookup(key, CALL_LIMIT).chain();
            return now.get(0).equals(silent) ? fallback.from(now) : Optional.empty();
        } catch (ChordException e) {
            if (!e.code().retryable()) {
                throw e;
            }
            return Optional.empty(); // the ring is healing: the next round asks again
        }
    }

    /** The member that should own a key did not answer. */
    private static final class OwnerSilent extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Peer owner;

        OwnerSilent(Peer owner, ChordException cause) {
            super(cause.getMessage(), cause);
            this.owner = owner;
        }

        // A refused connection is the one silence after which nothing can have happened.
        boolean mayHaveActed() {
            Throwable cause = this;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return !(cause instanceof ConnectException);
        }
    }

    // Follows one hint; more would be a ring that is just changing, for which asking again is better.
    private <T> Optional<T> ask(Peer peer, Question<T> question, long end) {
        List<Peer> hints = new ArrayList<>();
        Optional<T> answer = once(peer, question, end, hints);
        if (answer.isEmpty() && !hints.isEmpty() && !hints.get(0).equals(peer)) {
            return once(hints.get(0), question, end, new ArrayList<>());
        }
        return answer;
    }

    private <T> Optional<T> once(Peer peer, Question<T> question, long end, List<Peer> hints) {
        Duration left = Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
        try {
            return question.ask(peer, left.compareTo(CALL_LIMIT) < 0 ? left : CALL_LIMIT, hints);
        } catch (StatusRuntimeException | ChordException e) {
            ChordException why = WireErrors.fromStatus(e, peer.endpoint());
            if (why.code() == ErrorCode.UNREACHABLE || why.code() == ErrorCode.DEADLINE) {
                locator.avoid(peer);
                throw new OwnerSilent(peer, why);
            }
            throw why;
        }
    }

    // A write reaches at least W of the r holders, so R of them, without the owner, have seen every such write.
    private Optional<List<Record>> fromCopies(List<Peer> chain, Identifier key, RecordKind kind) {
        List<Peer> holders = Placement.holders(chain, replicas);
        Map<Peer, ListenableFuture<ReadRecordsReply>> calls = new LinkedHashMap<>();
        for (Peer peer : holders.subList(1, holders.size())) {
            calls.put(
                    peer,
                    RecordServiceGrpc.newFutureStub(channels.to(peer.endpoint()))
                            .withDeadlineAfter(CALL_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                            .readRecords(request(key, kind, true)));
        }
        Map<String, Record> newest = new LinkedHashMap<>();
        int answers = 0;
        for (ListenableFuture<ReadRecordsReply> call : calls.values()) {
            try {
                ReadRecordsReply reply = call.get();
                if (reply.getAgreement()) {
                    agreement = true;
                    break; // only an owner may speak
                }
                for (Record record : reply.getRecordsList()) {
                    newest.merge(record.getLabel(), record, RecordClient::newer);
                }
                answers++;
            } catch (ExecutionException e) {
                // fewer answers: the quorum decides
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        Collection<Record> found = newest.values();
        return answers >= readQuorum && !found.isEmpty() ? Optional.of(List.copyOf(found)) : Optional.empty();
    }

    private static Record newer(Record a, Record b) {
        return WireCodec.in(b.getVersion()).newerThan(WireCodec.in(a.getVersion())) ? b : a;
    }

    private static ReadRecordsRequest request(Identifier key, RecordKind kind, boolean anyCopy) {
        return ReadRecordsRequest.newBuilder()
                .setKey(WireCodec.out(key))
                .setKind(kind)
                .setAnyCopy(anyCopy)
                .build();
    }

    private RecordServiceGrpc.RecordServiceBlockingStub stub(Peer peer, Duration limit) {
        return RecordServiceGrpc.newBlockingStub(channels.to(peer.endpoint()))
                .withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
        }
    }
}
