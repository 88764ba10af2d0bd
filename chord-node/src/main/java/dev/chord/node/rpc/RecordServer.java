package dev.chord.node.rpc;

import com.google.protobuf.ByteString;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.RecordCodec;
import dev.chord.client.wire.RecordReplies;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.records.Question;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import dev.chord.core.records.RecordHost.Sink;
import dev.chord.core.records.Records;
import dev.chord.core.records.Tenure;
import dev.chord.core.records.Write;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.records.NodeRecords;
import dev.chord.node.share.ProviderWatch;
import dev.chord.node.share.SharedCheck;
import dev.chord.node.store.RecordStore;
import dev.chord.node.telemetry.Refusals;
import dev.chord.proto.v1.CheckSharedReply;
import dev.chord.proto.v1.CheckSharedRequest;
import dev.chord.proto.v1.CompareRecordsReply;
import dev.chord.proto.v1.CompareRecordsRequest;
import dev.chord.proto.v1.FingerprintRecordsRequest;
import dev.chord.proto.v1.FingerprintReply;
import dev.chord.proto.v1.GiveUpReply;
import dev.chord.proto.v1.GiveUpRequest;
import dev.chord.proto.v1.LeaseTenureRequest;
import dev.chord.proto.v1.ListNamesReply;
import dev.chord.proto.v1.ListNamesRequest;
import dev.chord.proto.v1.ListRefusedReply;
import dev.chord.proto.v1.ListRefusedRequest;
import dev.chord.proto.v1.NotOwner;
import dev.chord.proto.v1.NoteTenureRequest;
import dev.chord.proto.v1.PromiseTenureReply;
import dev.chord.proto.v1.PromiseTenureRequest;
import dev.chord.proto.v1.PullRecordsRequest;
import dev.chord.proto.v1.ReadRecordsReply;
import dev.chord.proto.v1.ReadRecordsRequest;
import dev.chord.proto.v1.RecordBatch;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.ReleaseArcRequest;
import dev.chord.proto.v1.ReplicateReply;
import dev.chord.proto.v1.ReplicateRequest;
import dev.chord.proto.v1.TenureReply;
import dev.chord.proto.v1.WatchNamesReply;
import dev.chord.proto.v1.WatchNamesRequest;
import dev.chord.proto.v1.WriteRecordReply;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.WriteRecordsReply;
import dev.chord.proto.v1.WriteRecordsRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Records in and out. Only an owner says that there is nothing. */
public final class RecordServer extends RecordServiceGrpc.RecordServiceImplBase {
    private static final long MICROS = 1000;

    private final RecordAdmission admission;
    private final RecordStore store;
    private final NodeRecords records;
    private final Identifier self;
    private final TakerCheck takers;
    private final ProviderWatch watch;
    private final SharedCheck check;
    private final NameLister lister;
    private final NameFeed feed;
    private final Executor waiting;

    /** @param waiting carries what has to wait for the disk or another node */
    public RecordServer(
            NodeLoop loop,
            RecordStore store,
            NodeRecords records,
            ProviderWatch watch,
            SharedCheck check,
            NameFeed feed,
            TakerCheck takers,
            Refusals refusals,
            Executor waiting) {
        this.admission = new RecordAdmission(loop, store, refusals);
        this.lister = new NameLister(loop, store.names());
        this.self = loop.states().get(0).self().process();
        this.feed = feed;
        this.check = check;
        this.waiting = waiting;
        this.store = store;
        this.records = records;
        this.takers = takers;
        this.watch = watch;
    }

    // Hands a call over to the engine, after what is looked at here; the answer comes from there.
    private void hand(StreamObserver<?> out, Consumer<Records> work) {
        // A caller that has gone by then is answered into the void.
        ((ServerCallStreamObserver<?>) out).setOnCancelHandler(() -> {});
        push(out, work);
    }

    private void push(StreamObserver<?> out, Consumer<Records> work) {
        Answers.guarded(out, () -> records.hand(engine -> Answers.guarded(out, () -> work.accept(engine))));
    }

    // A few names need neither much work nor the disk before they are with the engine, and are looked at on
    // the network's thread: a change of threads less for each. All else goes by way of threads that may wait.
    private void look(StreamObserver<?> out, BooleanSupplier isShort, Runnable work) {
        ((ServerCallStreamObserver<?>) out).setOnCancelHandler(() -> {});
        Answers.guarded(out, () -> {
            if (isShort.getAsBoolean()) {
                work.run();
            } else {
                queue(() -> Answers.guarded(out, work));
            }
        });
    }

    private void queue(Runnable work) {
        try {
            waiting.execute(work);
        } catch (RejectedExecutionException e) {
            throw new ChordException(ErrorCode.UNFINISHED, "this node is stopping", "ask another one", e);
        }
    }

    private <A, R> void serve(Question<A> question, ByteString process, StreamObserver<R> out, Function<A, R> reply) {
        hand(out, question(question, process, out, reply));
    }

    private <A, R> Consumer<Records> question(
            Question<A> question, ByteString process, StreamObserver<R> out, Function<A, R> reply) {
        Identifier meant = process.isEmpty() ? self : WireCodec.in(process);
        return engine -> engine.serve(question, meant, QuestionSinks.one(out, reply));
    }

    @Override
    public void writeRecords(WriteRecordsRequest request, StreamObserver<WriteRecordsReply> out) {
        List<WriteRecordRequest> asked = request.getWritesList();
        look(out, () -> admission.isShortWrite(asked), () -> {
            Map<Integer, WriteRecordReply> refused = admission.refused(asked);
            List<Write> sound = IntStream.range(0, asked.size())
                    .filter(i -> !refused.containsKey(i))
                    .mapToObj(asked::get)
                    .map(RecordCodec::in)
                    .toList();
            push(
                    out,
                    engine -> engine.write(
                            sound, answers -> Answers.late(out, () -> replies(asked, refused, answers.iterator()))));
        });
    }

    private static WriteRecordsReply replies(
            List<WriteRecordRequest> asked, Map<Integer, WriteRecordReply> refused, Iterator<Write.Answer> written) {
        WriteRecordsReply.Builder reply = WriteRecordsReply.newBuilder();
        for (int i = 0; i < asked.size(); i++) {
            WriteRecordReply no = refused.get(i);
            reply.addAnswers(no == null ? RecordReplies.of(asked.get(i), written.next()) : no);
        }
        return reply.build();
    }

    @Override
    public void readRecords(ReadRecordsRequest request, StreamObserver<ReadRecordsReply> out) {
        Answers.guarded(out, () -> {
            Identifier key = WireCodec.in(request.getKey());
            Record.Place place = RecordCodec.place(key, request.getKind());
            hand(
                    out,
                    engine -> engine.read(place, read -> {
                        if (read.records().isEmpty() && request.getAnyCopy()) {
                            waitFor(() -> Answers.late(
                                    out,
                                    () -> reply(request, read)
                                            .addAllRecords(store.read(key, request.getKind()))
                                            .build()));
                        } else {
                            Answers.late(out, () -> reply(request, read).build());
                        }
                    }));
        });
    }

    private ReadRecordsReply.Builder reply(ReadRecordsRequest request, Write.Read read) {
        ReadRecordsReply.Builder reply = RecordReplies.of(read, records.agreement());
        boolean providers = request.getKind() == RecordKind.RECORD_KIND_PROVIDER;
        RecordCodec.out(read.records().orElse(List.of())).stream()
                .filter(r -> !providers || !watch.away(r))
                .map(r -> providers ? watch.annotated(r) : r)
                .forEach(reply::addRecords);
        return reply;
    }

    private void waitFor(Runnable work) {
        try {
            waiting.execute(work);
        } catch (RejectedExecutionException e) {
            work.run(); // too much waits already: whoever asks for any copy gets it in turn
        }
    }

    @Override
    public void checkShared(CheckSharedRequest request, StreamObserver<CheckSharedReply> out) {
        Answers.one(
                out,
                () -> CheckSharedReply.newBuilder()
                        .setTrouble(check.check(request))
                        .build());
    }

    @Override
    public void replicate(ReplicateRequest request, StreamObserver<ReplicateReply> out) {
        look(out, () -> admission.areShortCopies(request.getRecordsList()), () -> {
            Optional<Peer> owner =
                    request.hasOwner() ? Optional.of(WireCodec.in(request.getOwner())) : Optional.empty();
            admission.copies(request.getRecordsList());
            List<Record> copies = RecordCodec.in(request.getRecordsList());
            Question.Replicate asked = new Question.Replicate(owner, copies, request.getEpoch(), request.getTenure());
            push(out, question(asked, request.getProcess(), out, kept -> {
                ReplicateReply.Builder reply =
                        ReplicateReply.newBuilder().setSuperseded(kept == Question.Kept.SUPERSEDED);
                if (kept == Question.Kept.NOT_OWNER) {
                    reply.setNotOwner(NotOwner.newBuilder().setReason("this node owns a key itself"));
                }
                return reply.build();
            }));
        });
    }

    @Override
    public void promiseTenure(PromiseTenureRequest request, StreamObserver<PromiseTenureReply> out) {
        Answers.guarded(out, () -> {
            Question.Promise asked = new Question.Promise(arcs(request.getArcsList()), request.getEpoch());
            serve(
                    asked,
                    request.getProcess(),
                    out,
                    word -> PromiseTenureReply.newBuilder()
                            .setAgreed(word.agreed())
                            .addAllClaims(RecordCodec.outClaims(word.claims()))
                            .setLeaseLeftMillis((word.leaseLeft() + MICROS - 1) / MICROS)
                            .addAllGivenUp(RecordCodec.outGivenUp(word.givenUp()))
                            .build());
        });
    }

    private static List<Arc> arcs(List<dev.chord.proto.v1.Arc> arcs) {
        return arcs.stream().map(WireCodec::in).toList();
    }

    @Override
    public void noteTenure(NoteTenureRequest request, StreamObserver<TenureReply> out) {
        Answers.guarded(out, () -> {
            Tenure tenure = RecordCodec.in(request.getTenure());
            if (tenure.holders().isEmpty()) {
                throw new ChordException(ErrorCode.USAGE, "a tenure has no holders", "compare versions");
            }
            Question.Note asked = new Question.Note(arcs(request.getArcsList()), tenure, request.getBegun());
            serve(asked, request.getProcess(), out, RecordServer::reply);
        });
    }

    @Override
    public void leaseTenure(LeaseTenureRequest request, StreamObserver<TenureReply> out) {
        Answers.guarded(out, () -> {
            Question.Lease asked = new Question.Lease(WireCodec.in(request.getArc()), request.getEpoch());
            serve(asked, request.getProcess(), out, RecordServer::reply);
        });
    }

    private static TenureReply reply(Question.Word word) {
        return TenureReply.newBuilder()
                .setAgreed(word.agreed())
                .addAllClaims(RecordCodec.outClaims(word.claims()))
                .build();
    }

    @Override
    public void listRefused(ListRefusedRequest request, StreamObserver<ListRefusedReply> out) {
        hand(
                out,
                engine -> Answers.one(
                        out,
                        () -> ListRefusedReply.newBuilder()
                                .addAllArcs(engine.refused().stream()
                                        .map(RecordReplies::of)
                                        .toList())
                                .setEpoch(engine.epoch())
                                .setEventual(!records.agreement())
                                .build()));
    }

    @Override
    public void giveUp(GiveUpRequest request, StreamObserver<GiveUpReply> out) {
        Answers.guarded(out, () -> {
            Answers.limit(request.getProcessesCount());
            Map<Identifier, Long> processes = RecordCodec.inGivenUp(request.getProcessesList());
            hand(
                    out,
                    engine -> engine.giveUp(
                            processes,
                            done -> Answers.late(out, () -> {
                                if (done != RecordDisk.Durability.DURABLE) {
                                    throw new ChordException(
                                            ErrorCode.INTERNAL, "this node's disk has not taken it", "check the disk");
                                }
                                return GiveUpReply.getDefaultInstance();
                            })));
        });
    }

    @Override
    public void compareRecords(CompareRecordsRequest request, StreamObserver<CompareRecordsReply> out) {
        Answers.guarded(out, () -> {
            List<Record.Digest> digests =
                    request.getDigestsList().stream().map(RecordCodec::in).toList();
            Question.Compare asked = new Question.Compare(digests, request.getKeepMillis() * MICROS);
            serve(
                    asked,
                    ByteString.EMPTY,
                    out,
                    lacking -> CompareRecordsReply.newBuilder()
                            .addAllLacking(lacking)
                            .build());
        });
    }

    @Override
    public void fingerprintRecords(FingerprintRecordsRequest request, StreamObserver<FingerprintReply> out) {
        Answers.guarded(out, () -> {
            Question.Fingerprint asked =
                    new Question.Fingerprint(WireCodec.in(request.getArc()), request.getKeepMillis() * MICROS);
            serve(asked, ByteString.EMPTY, out, WireCodec::out);
        });
    }

    @Override
    public void pullRecords(PullRecordsRequest request, StreamObserver<RecordBatch> out) {
        Answers.guarded(out, () -> {
            Optional<Fingerprints> here = request.getPartsCount() == 0
                    ? Optional.empty()
                    : Optional.of(RecordCodec.fingerprints(request.getPartsList()));
            Question.Pull asked = new Question.Pull(WireCodec.in(request.getArc()), here, request.getSince());
            Sink<Question.Batch> sink = batches(out);
            push(out, engine -> engine.serve(asked, self, sink));
        });
    }

    private Sink<Question.Batch> batches(StreamObserver<RecordBatch> out) {
        return QuestionSinks.many(out, RecordReplies::of, task -> records.hand(engine -> task.run()));
    }

    @Override
    public void releaseArc(ReleaseArcRequest request, StreamObserver<RecordBatch> out) {
        Answers.guarded(out, () -> {
            Identifier target = WireCodec.in(request.getTarget());
            Peer taker = WireCodec.in(request.getTaker());
            Sink<Question.Batch> sink = batches(out);
            takers.check(target, taker, request.getAsHead());
            Question.Release asked = new Question.Release(
                    WireCodec.in(request.getArc()), taker, request.getSince(), target, request.getAsHead());
            push(out, engine -> engine.serve(asked, self, sink));
        });
    }

    @Override
    public void listNames(ListNamesRequest request, StreamObserver<ListNamesReply> out) {
        Answers.stream(out, () -> lister.list(request));
    }

    @Override
    public void watchNames(WatchNamesRequest request, StreamObserver<WatchNamesReply> out) {
        feed.watch(request, (ServerCallStreamObserver<WatchNamesReply>) out);
    }
}
