package dev.chord.client.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.ByteString;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.ring.Endpoint;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.GetBlockReply;
import dev.chord.proto.v1.GetBlockRequest;
import dev.chord.proto.v1.GetBlocksReply;
import dev.chord.proto.v1.GetBlocksRequest;
import dev.chord.proto.v1.OneOfBlocks;
import io.grpc.Context;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many small blocks asked of a peer that answers when the test says so. */
class BatchesTest {
    private static final long LIMIT_SECONDS = 180;
    private static final Duration LIMIT = Duration.ofSeconds(LIMIT_SECONDS);

    private record Call(GetBlocksRequest request, StreamObserver<GetBlocksReply> out) {
        List<String> asked() {
            return request.getBlocksList().stream()
                    .map(one -> one.getDigest().toStringUtf8())
                    .toList();
        }

        void answerAll() {
            answer(request.getBlocksCount());
        }

        // Skips the others.
        void answer(int count) {
            GetBlocksReply.Builder reply = GetBlocksReply.newBuilder();
            for (int i = 0; i < request.getBlocksCount(); i++) {
                OneOfBlocks.Builder one = OneOfBlocks.newBuilder();
                if (i < count) {
                    one.setBlock(GetBlockReply.newBuilder()
                            .setData(request.getBlocks(i).getDigest()));
                }
                reply.addBlocks(one);
            }
            out.onNext(reply.build());
            out.onCompleted();
        }
    }

    private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
    private final PeerChannels channels = new PeerChannels("default");
    private final Batches<GetBlockRequest, GetBlockReply> batches =
            new Batches<>(channels, 2, question -> question.getDigest().size(), BatchesTest::send);
    private Server server;
    private Endpoint peer;

    private static ListenableFuture<List<Batches.Answer<GetBlockReply>>> send(
            Outside around, Endpoint peer, List<GetBlockRequest> questions, Duration left) {
        return Futures.transform(
                around.call(
                        peer,
                        BlockServiceGrpc.getGetBlocksMethod(),
                        GetBlocksRequest.newBuilder().addAllBlocks(questions).build(),
                        left),
                reply -> reply.getBlocksList().stream().map(BatchesTest::answer).toList(),
                MoreExecutors.directExecutor());
    }

    private static Batches.Answer<GetBlockReply> answer(OneOfBlocks one) {
        return switch (one.getAnswerCase()) {
            case BLOCK -> Batches.Answer.of(one.getBlock());
            case REFUSAL -> Batches.Answer.refused(one.getRefusal());
            case ANSWER_NOT_SET -> Batches.Answer.skipped();
        };
    }

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(new BlockServiceGrpc.BlockServiceImplBase() {
                    @Override
                    public void getBlocks(GetBlocksRequest request, StreamObserver<GetBlocksReply> out) {
                        calls.add(new Call(request, out));
                    }
                })
                .build()
                .start();
        peer = new Endpoint("127.0.0.1", server.getPort());
    }

    @AfterEach
    void stop() {
        channels.close();
        server.shutdownNow();
    }

    private ListenableFuture<GetBlockReply> ask(String block) {
        return batches.ask(
                peer,
                GetBlockRequest.newBuilder()
                        .setDigest(ByteString.copyFromUtf8(block))
                        .build(),
                LIMIT);
    }

    private Call next() throws InterruptedException {
        Call call = calls.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        assertThat(call).as("the next call").isNotNull();
        return call;
    }

    private static String got(ListenableFuture<GetBlockReply> answer) throws Exception {
        return answer.get(LIMIT_SECONDS, TimeUnit.SECONDS).getData().toStringUtf8();
    }

    @Test
    void whatIsAskedWhileTwoCallsAreUnderWayGoesTogether() throws Exception {
        List<ListenableFuture<GetBlockReply>> answers = new ArrayList<>();
        for (int i = 0; i < 2 + Batches.MOST + 7; i++) {
            answers.add(ask("b" + i));
        }
        Call first = next();
        Call second = next();
        assertThat(List.of(first.asked(), second.asked())).containsExactlyInAnyOrder(List.of("b0"), List.of("b1"));
        assertThat(calls).as("others wait").isEmpty();
        first.answerAll();
        Call third = next();
        assertThat(third.asked()).hasSize(Batches.MOST).startsWith("b2", "b3");
        second.answerAll();
        Call fourth = next();
        assertThat(fourth.asked()).hasSize(7);
        fourth.answerAll();
        third.answerAll();
        for (int i = 0; i < answers.size(); i++) {
            assertThat(got(answers.get(i))).isEqualTo("b" + i);
        }
    }

    @Test
    void aCallHoldsAboutOneMebibyte() throws Exception {
        ask("a");
        Call first = next();
        ask("b");
        next();
        String large = "x".repeat(400_000);
        List<ListenableFuture<GetBlockReply>> answers =
                List.of(ask(large + 1), ask(large + 2), ask(large + 3), ask(large + 4));
        first.answerAll();
        Call three = next();
        assertThat(three.asked()).hasSize(3);
        three.answerAll();
        Call rest = next();
        assertThat(rest.asked()).containsExactly(large + 4);
        rest.answerAll();
        for (ListenableFuture<GetBlockReply> answer : answers) {
            assertThat(got(answer)).startsWith("xxx");
        }
    }

    @Test
    void whatWasSkippedIsAskedAgainBeforeOthers() throws Exception {
        ListenableFuture<GetBlockReply> a = ask("a");
        Call alone = next();
        ListenableFuture<GetBlockReply> b = ask("b");
        Call alsoAlone = next();
        List<ListenableFuture<GetBlockReply>> rest = List.of(ask("c"), ask("d"), ask("e"));
        alone.answerAll();
        Call three = next();
        assertThat(three.asked()).containsExactly("c", "d", "e");
        ListenableFuture<GetBlockReply> f = ask("f");
        three.answer(1);
        Call others = next();
        assertThat(others.asked()).containsExactly("d", "e", "f");
        others.answerAll();
        alsoAlone.answerAll();
        assertThat(List.of(got(a), got(b), got(rest.get(0)), got(rest.get(1)), got(rest.get(2)), got(f)))
                .containsExactly("a", "b", "c", "d", "e", "f");
    }

    @Test
    void aRefusalConcernsOneBlockAndAFailureThoseOfItsCall() throws Exception {
        ListenableFuture<GetBlockReply> a = ask("a");
        Call first = next();
        ListenableFuture<GetBlockReply> b = ask("b");
        Call second = next();
        ListenableFuture<GetBlockReply> gone = ask("gone");
        ListenableFuture<GetBlockReply> there = ask("there");
        first.out().onError(Status.UNAVAILABLE.asRuntimeException());
        assertThatThrownBy(() -> got(a))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(ChordException.class)
                .satisfies(
                        e -> assertThat(((ChordException) e.getCause()).code()).isEqualTo(ErrorCode.UNREACHABLE));
        Call both = next();
        both.out()
                .onNext(GetBlocksReply.newBuilder()
                        .addBlocks(OneOfBlocks.newBuilder()
                                .setRefusal(WireErrors.toRefusal(
                                        new ChordException(ErrorCode.NOT_FOUND, "not here", "ask another"))))
                        .addBlocks(OneOfBlocks.newBuilder()
                                .setBlock(GetBlockReply.newBuilder().setData(ByteString.copyFromUtf8("there"))))
                        .build());
        both.out().onCompleted();
        assertThat(got(there)).isEqualTo("there");
        assertThatThrownBy(() -> got(gone))
                .satisfies(
                        e -> assertThat(((ChordException) e.getCause()).code()).isEqualTo(ErrorCode.NOT_FOUND));
        second.answerAll();
        assertThat(got(b)).isEqualTo("b");
    }

    @Test
    void whoSendsACallMayEndWhatItWasDoingBeforeTheOthersHaveTheirAnswers() throws Exception {
        ask("a");
        Call first = next();
        ListenableFuture<GetBlockReply> b;
        try (Context.CancellableContext serving = Context.current().withCancellation()) {
            Context before = serving.attach();
            try {
                b = ask("b");
            } finally {
                serving.detach(before);
            }
        }
        Call second = next();
        ListenableFuture<GetBlockReply> c = ask("c");
        second.answerAll();
        Call third = next();
        third.answerAll();
        assertThat(List.of(got(b), got(c))).containsExactly("b", "c");
        first.answerAll();
    }

    @Test
    void whatNobodyWaitsForAnyMoreIsNotAsked() throws Exception {
        ListenableFuture<GetBlockReply> a = ask("a");
        Call first = next();
        ask("b");
        next();
        ListenableFuture<GetBlockReply> unwanted = ask("unwanted");
        ListenableFuture<GetBlockReply> wanted = ask("wanted");
        unwanted.cancel(false);
        first.answerAll();
        Call last = next();
        assertThat(last.asked()).containsExactly("wanted");
        last.answerAll();
        assertThat(got(a)).isEqualTo("a");
        assertThat(got(wanted)).isEqualTo("wanted");
    }
}
