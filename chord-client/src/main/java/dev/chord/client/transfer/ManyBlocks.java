package dev.chord.client.transfer;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.wire.Batches;
import dev.chord.client.wire.Outside;
import dev.chord.core.ring.Endpoint;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.GetBlockReply;
import dev.chord.proto.v1.GetBlockRequest;
import dev.chord.proto.v1.GetBlocksRequest;
import dev.chord.proto.v1.PutBlockReply;
import dev.chord.proto.v1.PutBlockRequest;
import dev.chord.proto.v1.PutBlocksRequest;
import java.time.Duration;
import java.util.List;

/** Questions about many blocks in one message, each with an answer of its own. */
final class ManyBlocks {
    private ManyBlocks() {}

    static ListenableFuture<List<Batches.Answer<GetBlockReply>>> get(
            Outside around, Endpoint peer, List<GetBlockRequest> blocks, Duration left) {
        return Futures.transform(
                around.call(
                        peer,
                        BlockServiceGrpc.getGetBlocksMethod(),
                        GetBlocksRequest.newBuilder().addAllBlocks(blocks).build(),
                        left),
                reply -> reply.getBlocksList().stream()
                        .map(one -> switch (one.getAnswerCase()) {
                            case BLOCK -> Batches.Answer.of(one.getBlock());
                            case REFUSAL -> Batches.Answer.<GetBlockReply>refused(one.getRefusal());
                            case ANSWER_NOT_SET -> Batches.Answer.<GetBlockReply>skipped();
                        })
                        .toList(),
                MoreExecutors.directExecutor());
    }

    static ListenableFuture<List<Batches.Answer<PutBlockReply>>> put(
            Outside around, Endpoint peer, List<PutBlockRequest> blocks, Duration left) {
        return Futures.transform(
                around.call(
                        peer,
                        BlockServiceGrpc.getPutBlocksMethod(),
                        PutBlocksRequest.newBuilder().addAllBlocks(blocks).build(),
                        left),
                reply -> reply.getBlocksList().stream()
                        .map(one -> one.hasStored()
                                ? Batches.Answer.of(one.getStored())
                                : Batches.Answer.<PutBlockReply>refused(one.getRefusal()))
                        .toList(),
                MoreExecutors.directExecutor());
    }
}
