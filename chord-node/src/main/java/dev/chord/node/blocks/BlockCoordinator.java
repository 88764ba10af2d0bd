package dev.chord.node.blocks;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.error.ChordException;
import dev.chord.client.transfer.BlockClient;
import dev.chord.client.wire.Batches;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.placement.Placement;
import dev.chord.core.ring.Peer;
import dev.chord.node.store.Arrival;
import dev.chord.node.store.BlockStore;
import dev.chord.node.store.Kept;
import dev.chord.node.telemetry.NodeMetrics;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.OneOfPuts;
import dev.chord.proto.v1.PutBlockReply;
import dev.chord.proto.v1.PutBlockRequest;
import dev.chord.proto.v1.StoreBlockReply;
import dev.chord.proto.v1.StoreBlockRequest;
import dev.chord.proto.v1.StoreBlocksRequest;
import io.grpc.Channel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a new block in: keeps it, and sees to it that enough other processes keep it, before it is acknowledged. */
public final class BlockCoordinator {
    private static final Logger log = LoggerFactory.getLogger(BlockCoordinator.class);
    private static final int MAX_COPIES = 64;
    private static final long STORE_SECONDS = 10;
    private static final int CALLS = 2; // with small blocks, to one process at a time

    private final Peer self;
    private final BlockStore store;
    private final PeerChannels channels;
    private final NodeMetrics metrics;
    private final Batches<StoreBlockRequest, StoreBlockReply> copiers;

    public BlockCoordinator(Peer self, BlockStore store, PeerChannels channels, NodeMetrics metrics) {
        this.self = self;
        this.store = store;
        this.channels = channels;
        this.metrics = metrics;
        this.copiers =
                new Batches<>(channels, CALLS, StoreBlockRequest::getSerializedSize, BlockCoordinator::storeBlocks);
    }

    /** A new block: who should keep it besides this process, in order, and who does. */
    private final class Incoming {
        private final PutBlockRequest request;
        private final List<Peer> others;
        private final int wanted;
        private final StoreBlockRequest copy;
        private final Map<Peer, ListenableFuture<StoreBlockReply>> calls = new LinkedHashMap<>();
        private final List<Peer> stored = new ArrayList<>();
        private int asked;

        Incoming(PutBlockRequest request) {
            this.request = request;
            int copies = Math.max(1, Math.min(request.getCopies(), MAX_COPIES));
            List<Peer> chain = new ArrayList<>(WireCodec.in(request.getCandidatesList()));
            chain.removeIf(p -> p.process().equals(self.process()));
            chain.add(0, self);
            this.others =
                    new ArrayList<>(Placement.spread(chain, copies).subList(1, Math.min(copies, processes(chain))));
            Placement.holders(chain, chain.size()).stream()
                    .filter(p -> p != self && !others.contains(p))
                    .forEach(others::add);
            this.copy = StoreBlockRequest.newBuilder()
                    .setDigest(request.getDigest())
                    .setData(request.getData())
                    .setCopies(request.getCopies())
                    .setUpload(request.getUpload())
                    .setUploadBytes(request.getUploadBytes())
                    .build();
            this.wanted = Math.min(others.size(), copies - 1);
            while (asked < wanted) {
                ask();
            }
        }

        private void ask() {
            Peer next = others.get(asked++);
            calls.put(next, start(next, copy));
        }

        Arrival arrival() {
            return new Arrival(
                    WireCodec.in(request.getDigest()),
                    WireCodec.view(request.getData()),
                    request.getCopies(),
                    OptionalLong.empty(),
                    WireCodec.upload(request.getUpload(), request.getUploadBytes()));
        }

        /** Waits for the copies under way. */
        void await() {
            calls.forEach((peer, call) -> {
                if (done(peer, call)) {
                    stored.add(peer);
                }
            });
            calls.clear();
        }

        /** Asks the next process in place of one that failed; returns whether there is one. */
        boolean another() {
            if (stored.size() >= wanted || asked >= others.size()) {
                return false;
            }
            ask();
            return true;
        }

        PutBlockReply reply(boolean known) {
            metrics.received(request.getData().size());
            return PutBlockReply.newBuilder()
                    .setKnown(known)
                    .addHolders(WireCodec.out(self))
                    .addAllHolders(WireCodec.out(stored))
                    .build();
        }
    }

    /**
     * Stores blocks here and on the processes that come next among the candidates; one that fails is replaced by the next.
     *
     * @return of each who holds it durably: fewer than asked for if there are not more processes; or why it is refused
     */
    public List<OneOfPuts> putAll(List<PutBlockRequest> requests) {
        List<Incoming> incoming = requests.stream().map(Incoming::new).toList();
        List<Kept> kept = store.putAll(incoming.stream().map(Incoming::arrival).toList());
        List<Incoming> waiting = incoming;
        while (!waiting.isEmpty()) {
            waiting.forEach(Incoming::await);
            waiting = waiting.stream().filter(Incoming::another).toList();
        }
        List<OneOfPuts> answers = new ArrayList<>();
        for (int i = 0; i < incoming.size(); i++) {
            OneOfPuts.Builder answer = OneOfPuts.newBuilder();
            Optional<ChordException> refused = kept.get(i).refused();
            if (refused.isPresent()) {
                answer.setRefusal(WireErrors.toRefusal(refused.get()));
            } else {
                answer.setStored(incoming.get(i).reply(kept.get(i).known()));
            }
            answers.add(answer.build());
        }
        return answers;
    }

    private static int processes(List<Peer> chain) {
        return Placement.holders(chain, chain.size()).size();
    }

    private ListenableFuture<StoreBlockReply> start(Peer peer, StoreBlockRequest copy) {
        if (copy.getData().size() <= BlockClient.SMALL) {
            return copiers.ask(peer.endpoint(), copy, Duration.ofSeconds(STORE_SECONDS));
        }
        return BlockServiceGrpc.newFutureStub(channels.to(peer.endpoint()))
                .withDeadlineAfter(STORE_SECONDS, TimeUnit.SECONDS)
                .storeBlock(copy);
    }

    private static ListenableFuture<List<Batches.Answer<StoreBlockReply>>> storeBlocks(
            Channel channel, List<StoreBlockRequest> blocks, long nanosLeft) {
        return Futures.transform(
                BlockServiceGrpc.newFutureStub(channel)
                        .withDeadlineAfter(nanosLeft, TimeUnit.NANOSECONDS)
                        .storeBlocks(StoreBlocksRequest.newBuilder()
                                .addAllBlocks(blocks)
                                .build()),
                reply -> reply.getBlocksList().stream()
                        .map(one -> one.hasStored()
                                ? Batches.Answer.of(one.getStored())
                                : Batches.Answer.<StoreBlockReply>refused(one.getRefusal()))
                        .toList(),
                MoreExecutors.directExecutor());
    }

    private boolean done(Peer peer, ListenableFuture<StoreBlockReply> call) {
        try {
            call.get();
            return true;
        } catch (ExecutionException e) {
            ChordException why = WireErrors.fromStatus(e.getCause() == null ? e : e.getCause(), peer.endpoint());
            log.debug("no copy on {}: {}", peer, why.getMessage());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
