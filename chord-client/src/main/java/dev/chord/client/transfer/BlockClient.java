package dev.chord.client.transfer;

import com.google.common.collect.Lists;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.ListeningExecutorService;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.UnsafeByteOperations;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.wire.AnswerChecks;
import dev.chord.client.wire.Await;
import dev.chord.client.wire.Batches;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.GetBlockReply;
import dev.chord.proto.v1.GetBlockRequest;
import dev.chord.proto.v1.HasBlocksReply;
import dev.chord.proto.v1.HasBlocksRequest;
import dev.chord.proto.v1.PutBlockReply;
import dev.chord.proto.v1.PutBlockRequest;
import io.grpc.CallOptions;
import io.grpc.StatusRuntimeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** Single blocks: to the ring, and from whoever has them. What arrives is verified here, whoever sent it. */
public final class BlockClient {
    private static final Duration CALL_LIMIT = Duration.ofSeconds(20);
    private static final int PUT_ROUNDS = 4;
    private static final long FIRST_PAUSE_MILLIS = 20;
    private static final long LONGEST_PAUSE_MILLIS = 500;

    // Larger ones go by themselves: they can be ended one by one, and keep nobody waiting.
    public static final int SMALL = 64 * 1024;

    private static final int CALLS = 2; // with small blocks, to one peer at a time

    private final PeerChannels channels;
    private final KeyLocator locator;
    private final BlockRace race;
    private final Batches<GetBlockRequest, GetBlockReply> gets;
    private final Batches<PutBlockRequest, PutBlockReply> puts;
    private final UploadTicket ticket;
    private final Set<UploadTicket> open; // uploads whose name nobody has begun to write

    public BlockClient(PeerChannels channels, KeyLocator locator) {
        this.channels = channels;
        this.gets = new Batches<>(channels, CALLS, GetBlockRequest::getSerializedSize, ManyBlocks::get);
        this.puts = new Batches<>(channels, CALLS, PutBlockRequest::getSerializedSize, ManyBlocks::put);
        this.locator = locator;
        this.race = new BlockRace();
        this.ticket = UploadTicket.none(channels);
        this.open = ConcurrentHashMap.newKeySet();
    }

    private BlockClient(BlockClient other, UploadTicket ticket) {
        this.channels = other.channels;
        this.gets = other.gets;
        this.puts = other.puts;
        this.locator = other.locator;
        this.race = other.race;
        this.ticket = ticket;
        this.open = other.open;
    }

    /** The same for the blocks of one upload; see {@link UploadTicket#draw}. */
    public BlockClient forUpload(long bytes) {
        return new BlockClient(this, UploadTicket.draw(channels, bytes, open));
    }

    /** Takes back what was stored by uploads that nobody has named; for an end in the middle of them. */
    public void giveBack(Duration limit) {
        List<UploadTicket> unnamed = List.copyOf(open);
        open.removeAll(unnamed);
        UploadTicket.release(unnamed, limit);
    }

    /** What the holders know the upload by. */
    public UploadTicket ticket() {
        return ticket;
    }

    /** A block and who sent it. */
    public record Fetched(ByteBuffer data, Peer from, boolean shared) {}

    /**
     * Stores a block, durably, on {@code copies} processes or on as many as there are.
     *
     * @throws ChordException the last trouble, if no member of the key's chain would take it
     */
    public PutBlockReply put(Identifier digest, byte[] data, int copies, Duration limit) {
        ChordException last =
                new ChordException(ErrorCode.UNREACHABLE, "nobody holds this part of the ring", "try again");
        long end = System.nanoTime() + callLimit(limit).toNanos();
        for (int round = 0; round < PUT_ROUNDS || isBusy(last) && System.nanoTime() < end; round++) {
            if (isBusy(last)) { // all are: what they hold for others has to end first
                Await.REAL.pause(
                        Duration.ofMillis(Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(round, 8))));
            }
            List<Peer> chain = locator.chain(digest, limit);
            PutBlockRequest request = request(digest, data, copies, chain);
            boolean full = !chain.isEmpty();
            for (Peer peer : chain) {
                try {
                    return Await.REAL.of(ask(peer, request, limit), callLimit(limit), peer.toString());
                } catch (ChordException e) {
                    last = e;
                    avoidIfDead(peer, last);
                    full &= last.code() == ErrorCode.NO_SPACE;
                    if (last.code() == ErrorCode.USAGE || last.code() == ErrorCode.NOT_PERMITTED) {
                        throw last;
                    }
                }
            }
            if (full) {
                throw last; // nobody gets room by being asked again
            }
            if (!isBusy(last)) {
                locator.forget(digest);
            }
        }
        throw last;
    }

    private static boolean isBusy(ChordException why) {
        return why.code() == ErrorCode.UNFINISHED;
    }

    /**
     * The same without waiting, if the place of the block is known, and on a thread of the pool otherwise.
     *
     * @return fails with what {@link #put} throws
     */
    ListenableFuture<PutBlockReply> start(
            Identifier digest, byte[] data, int copies, Duration limit, ListeningExecutorService pool) {
        Optional<List<Peer>> chain = locator.known(digest);
        if (chain.isEmpty()) {
            return pool.submit(() -> put(digest, data, copies, limit));
        }
        return Futures.catchingAsync(
                ask(chain.get().get(0), request(digest, data, copies, chain.get()), limit),
                ChordException.class,
                e -> pool.submit(() -> put(digest, data, copies, limit)),
                MoreExecutors.directExecutor());
    }

    private ListenableFuture<PutBlockReply> ask(Peer peer, PutBlockRequest request, Duration limit) {
        ListenableFuture<PutBlockReply> reply = request.getData().size() <= SMALL
                ? puts.ask(peer.endpoint(), request, callLimit(limit))
                : channels.stub(BlockServiceGrpc::newFutureStub, peer.endpoint(), callLimit(limit))
                        .putBlock(request);
        ListenableFuture<PutBlockReply> proper =
                Futures.transform(reply, AnswerChecks::stored, MoreExecutors.directExecutor());
        return Futures.catching(
                Futures.catching(
                        proper,
                        StatusRuntimeException.class,
                        e -> WireErrors.raise(e, peer.endpoint()),
                        MoreExecutors.directExecutor()),
                MalformedMessageException.class,
                e -> WireErrors.raise(e, peer.endpoint()),
                MoreExecutors.directExecutor());
    }

    private PutBlockRequest request(Identifier digest, byte[] data, int copies, List<Peer> chain) {
        PutBlockRequest.Builder request = PutBlockRequest.newBuilder()
                .setDigest(WireCodec.out(digest))
                .setData(UnsafeByteOperations.unsafeWrap(data))
                .setCopies(copies)
                .addAllCandidates(WireCodec.out(chain));
        ticket.mark(request, chain);
        return request.build();
    }

    /**
     * Fetches a block from the first of these that has a good copy, and if none does, from the members that
     * should. Who is late is passed over; see {@link BlockRace}.
     *
     * @param sources tried first, in order
     * @throws ChordException NOT_FOUND if nobody has it; INTEGRITY if all that had it had it damaged
     *     or changed
     */
    public Fetched get(Identifier digest, List<Peer> sources, String transfer, Duration limit) {
        Trouble trouble = new Trouble(new ArrayList<>());
        BlockRace.Asking asking = new BlockRace.Asking() {
            @Override
            public Duration limit() {
                return callLimit(limit);
            }

            @Override
            public ListenableFuture<GetBlockReply> ask(Peer peer) {
                return gets.ask(peer.endpoint(), request(digest, transfer), callLimit(limit));
            }

            @Override
            public void blame(Peer peer, Throwable why) {
                BlockClient.this.blame(peer, why, trouble);
            }
        };
        return race.run(digest, sources, trouble.tried(), asking)
                .or(() -> race.run(digest, locator.chain(digest, limit), trouble.tried(), asking))
                .or(() -> race.run(digest, holdersAnew(digest, limit), trouble.tried(), asking))
                .orElseThrow(() -> trouble.toException(digest));
    }

    private static GetBlockRequest request(Identifier digest, String transfer) {
        return GetBlockRequest.newBuilder()
                .setDigest(WireCodec.out(digest))
                .setTransfer(transfer)
                .build();
    }

    /** Asks one peer for a block; what comes has not been verified. */
    BlockCall start(Peer peer, Wanted wanted, Duration limit, BiConsumer<BlockCall, Optional<Throwable>> done) {
        GetBlockRequest request = request(wanted.digest, wanted.transfer);
        if (wanted.size <= SMALL) {
            return BlockCall.among(gets.ask(peer.endpoint(), request, callLimit(limit)), done);
        }
        return BlockCall.alone(
                channels.to(peer.endpoint()),
                CallOptions.DEFAULT.withDeadlineAfter(callLimit(limit).toMillis(), TimeUnit.MILLISECONDS),
                request,
                done);
    }

    /** A block of a known size, on account of a transfer. */
    record Wanted(Identifier digest, int size, String transfer) {}

    /** Finds out where many blocks should be, with as few calls as possible. */
    void locate(List<Identifier> digests, Duration limit) {
        locator.locate(digests, limit);
    }

    /** Who should store a block, as far as that is known without asking; may be empty. */
    List<Peer> knownHolders(Identifier digest) {
        return locator.known(digest).orElse(List.of());
    }

    /** Who should store a block. */
    List<Peer> holders(Identifier digest, Duration limit) {
        return locator.chain(digest, limit);
    }

    /** The same, looked up anew. */
    List<Peer> holdersAnew(Identifier digest, Duration limit) {
        locator.forget(digest);
        return locator.lookup(digest, limit).chain();
    }

    /** Notes why a peer did not deliver. */
    ErrorCode blame(Peer peer, Throwable failure, Trouble trouble) {
        ChordException why = WireErrors.fromStatus(failure, peer.endpoint());
        avoidIfDead(peer, why);
        if (why.code() == ErrorCode.INTEGRITY) {
            trouble.bad(String.valueOf(why.getMessage()));
        } else if (why.code() != ErrorCode.NOT_FOUND) {
            trouble.out(String.valueOf(why.getMessage()));
        }
        return why.code();
    }

    /** Which of these peers hold the block now, in the same order; who gives no proper answer does not. */
    public List<Optional<HasBlocksReply>> holders(Identifier digest, List<Peer> peers, Duration limit) {
        HasBlocksRequest request =
                HasBlocksRequest.newBuilder().addDigests(WireCodec.out(digest)).build();
        List<ListenableFuture<HasBlocksReply>> asked = new ArrayList<>();
        for (Peer peer : peers) {
            asked.add(channels.stub(BlockServiceGrpc::newFutureStub, peer.endpoint(), callLimit(limit))
                    .hasBlocks(request));
        }
        List<Optional<HasBlocksReply>> answers = new ArrayList<>();
        for (int i = 0; i < peers.size(); i++) {
            try {
                answers.add(Optional.of(AnswerChecks.held(asked.get(i).get(), 1)));
            } catch (MalformedMessageException e) {
                answers.add(Optional.empty());
            } catch (ExecutionException e) {
                avoidIfDead(peers.get(i), WireErrors.fromStatus(e, peers.get(i).endpoint()));
                answers.add(Optional.empty());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
            }
        }
        return answers;
    }

    /** Which of these blocks a peer holds; empty if it does not answer. */
    public Optional<HasBlocksReply> has(List<Identifier> digests, Peer peer, Duration limit) {
        HasBlocksReply.Builder all = HasBlocksReply.newBuilder();
        try {
            for (List<Identifier> part : Lists.partition(digests, Batches.DIGESTS)) {
                HasBlocksRequest.Builder request = HasBlocksRequest.newBuilder();
                part.forEach(d -> request.addDigests(WireCodec.out(d)));
                all.mergeFrom(AnswerChecks.held(
                        channels.stub(BlockServiceGrpc::newBlockingStub, peer.endpoint(), callLimit(limit))
                                .hasBlocks(request.build()),
                        part.size()));
            }
            return Optional.of(all.build());
        } catch (MalformedMessageException e) {
            return Optional.empty();
        } catch (StatusRuntimeException e) {
            avoidIfDead(peer, WireErrors.fromStatus(e, peer.endpoint()));
            return Optional.empty();
        }
    }

    /**
     * Says that blocks are needed, to all who may hold them.
     *
     * @param copies how many the ring should have of each
     * @return how many processes hold each of them, in the same order
     */
    public int[] renew(List<Identifier> digests, int copies, Duration limit) {
        return new Renewal(channels, locator, ticket.wire()).of(digests, copies, callLimit(limit));
    }

    private void avoidIfDead(Peer peer, ChordException why) {
        if (why.code() == ErrorCode.UNREACHABLE || why.code() == ErrorCode.DEADLINE) {
            locator.avoid(peer);
        }
    }

    private static Duration callLimit(Duration limit) {
        return limit.compareTo(CALL_LIMIT) < 0 ? limit : CALL_LIMIT;
    }
}
