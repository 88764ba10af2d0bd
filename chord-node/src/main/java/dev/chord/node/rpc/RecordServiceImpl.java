package dev.chord.node.rpc;

import com.google.common.collect.AbstractIterator;
import dev.chord.client.error.Await;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Tenure;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.replication.ArcGiver;
import dev.chord.node.replication.Differences;
import dev.chord.node.replication.Promises;
import dev.chord.node.replication.RecordCoordinator;
import dev.chord.node.replication.Tenures;
import dev.chord.node.share.ProviderWatch;
import dev.chord.node.share.SharedCheck;
import dev.chord.node.store.ClaimStore;
import dev.chord.node.store.NameConflicts;
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
import dev.chord.proto.v1.NoteTenureRequest;
import dev.chord.proto.v1.PromiseTenureReply;
import dev.chord.proto.v1.PromiseTenureRequest;
import dev.chord.proto.v1.PullRecordsRequest;
import dev.chord.proto.v1.ReadRecordsReply;
import dev.chord.proto.v1.ReadRecordsRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordBatch;
import dev.chord.proto.v1.RecordDigest;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.ReleaseArcRequest;
import dev.chord.proto.v1.ReplicateReply;
import dev.chord.proto.v1.ReplicateRequest;
import dev.chord.proto.v1.TenureReply;
import dev.chord.proto.v1.WatchNamesReply;
import dev.chord.proto.v1.WatchNamesRequest;
import dev.chord.proto.v1.WriteRecordsReply;
import dev.chord.proto.v1.WriteRecordsRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Records in and out. Only an owner says that there is nothing. */
public final class RecordServiceImpl extends RecordServiceGrpc.RecordServiceImplBase {
    private static final int PAGE = 500;
    private static final Duration STORE_LIMIT = Duration.ofSeconds(3);

    private final RecordAdmission admission;
    private final RecordStore store;
    private final RecordCoordinator coordinator;
    private final ArcGiver giver;
    private final TakerCheck takers;
    private final Tenures tenures;
    private final Promises promises;
    private final ProviderWatch watch;
    private final SharedCheck check;
    private final NameLister lister;
    private final NameFeed feed;
    private final Executor waiting;

    /** @param waiting carries reads that may have to wait */
    public RecordServiceImpl(
            NodeLoop loop,
            RecordStore store,
            RecordCoordinator coordinator,
            ArcGiver giver,
            Tenures tenures,
            ProviderWatch watch,
            SharedCheck check,
            NameFeed feed,
            TakerCheck takers,
            Refusals refusals,
            Executor waiting) {
        this.admission = new RecordAdmission(loop, store, refusals);
        this.lister = new NameLister(loop, store.names());
        this.feed = feed;
        this.check = check;
        this.waiting = waiting;
        this.store = store;
        this.coordinator = coordinator;
        this.giver = giver;
        this.takers = takers;
        this.tenures = tenures;
        this.promises = tenures.promises();
        this.watch = watch;
    }

    @Override
    public void writeRecords(WriteRecordsRequest request, StreamObserver<WriteRecordsReply> out) {
        Answers.one(out, () -> {
            return WriteRecordsReply.newBuilder()
                    .addAllAnswers(admission.write(request.getWritesList(), coordinator::writeAll))
                    .build();
        });
    }

    @Override
    public void readRecords(ReadRecordsRequest request, StreamObserver<ReadRecordsReply> out) {
        // On a network thread: what is in memory is answered there, all else is handed on.
        Optional<ReadRecordsReply> known = known(request);
        if (known.isPresent()) {
            out.onNext(known.get());
            out.onCompleted();
        } else {
            waiting.execute(() -> read(request, out));
        }
    }

    private Optional<ReadRecordsReply> known(ReadRecordsRequest request) {
        boolean simple = request.getKind() == RecordKind.RECORD_KIND_NAME
                && request.getKey().size() == Identifier.BYTES;
        return simple
                ? coordinator
                        .readNow(WireCodec.in(request.getKey()), request.getKind())
                        .map(records -> ReadRecordsReply.newBuilder()
                                .setAuthoritative(true)
                                .setAgreement(tenures.on())
                                .addAllRecords(records)
                                .build())
                : Optional.empty();
    }

    private void read(ReadRecordsRequest request, StreamObserver<ReadRecordsReply> out) {
        Answers.one(out, () -> {
            Identifier key = WireCodec.in(request.getKey());
            Optional<List<Record>> records = coordinator.read(key, request.getKind());
            ReadRecordsReply.Builder reply =
                    ReadRecordsReply.newBuilder().setAgreement(tenures.on()).setAuthoritative(records.isPresent());
            if (records.isPresent()) {
                boolean providers = request.getKind() == RecordKind.RECORD_KIND_PROVIDER;
                records.get().stream()
                        .filter(r -> !providers || !watch.away(r))
                        .map(r -> providers ? watch.annotated(r) : r)
                        .forEach(reply::addRecords);
                return reply.build();
            }
            if (request.getAnyCopy()) {
                reply.addAllRecords(store.read(key, request.getKind()));
            }
            return reply.setNotOwner(coordinator.notOwner(key)).build();
        });
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
        Answers.one(out, () -> {
            Optional<Peer> owner =
                    request.hasOwner() ? Optional.of(WireCodec.in(request.getOwner())) : Optional.empty();
            admission.copies(request.getRecordsList());
            return coordinator.replicate(owner, request);
        });
    }

    @Override
    public void promiseTenure(PromiseTenureRequest request, StreamObserver<PromiseTenureReply> out) {
        Answers.one(out, () -> {
            Promises.Word word = promises.promise(
                    WireCodec.in(request.getProcess()), arcs(request.getArcsList()), request.getEpoch());
            return PromiseTenureReply.newBuilder()
                    .setAgreed(word.agreed())
                    .addAllClaims(ClaimStore.out(word.claims()))
                    .setLeaseLeftMillis(word.leaseLeft())
                    .addAllGivenUp(ClaimStore.outGivenUp(tenures.givenUp()))
                    .build();
        });
    }

    private static List<Arc> arcs(List<dev.chord.proto.v1.Arc> arcs) {
        return arcs.stream().map(WireCodec::in).toList();
    }

    @Override
    public void noteTenure(NoteTenureRequest request, StreamObserver<TenureReply> out) {
        Answers.one(out, () -> {
            Identifier process = WireCodec.in(request.getProcess());
            List<Arc> arcs = arcs(request.getArcsList());
            Tenure tenure = ClaimStore.in(request.getTenure());
            if (tenure.holders().isEmpty()) {
                throw new ChordException(ErrorCode.USAGE, "a tenure has no holders", "compare versions");
            }
            return reply(
                    request.getBegun()
                            ? promises.establish(process, arcs, tenure)
                            : promises.propose(process, arcs, tenure));
        });
    }

    @Override
    public void leaseTenure(LeaseTenureRequest request, StreamObserver<TenureReply> out) {
        Answers.one(
                out,
                () -> reply(promises.lease(
                        WireCodec.in(request.getProcess()), WireCodec.in(request.getArc()), request.getEpoch())));
    }

    @Override
    public void listRefused(ListRefusedRequest request, StreamObserver<ListRefusedReply> out) {
        Answers.one(
                out,
                () -> ListRefusedReply.newBuilder()
                        .addAllArcs(tenures.refused())
                        .setEpoch(store.epoch())
                        .setEventual(!tenures.on())
                        .build());
    }

    @Override
    public void giveUp(GiveUpRequest request, StreamObserver<GiveUpReply> out) {
        Answers.one(out, () -> {
            Answers.limit(request.getProcessesCount());
            tenures.giveUp(ClaimStore.inGivenUp(request.getProcessesList()));
            return GiveUpReply.getDefaultInstance();
        });
    }

    private static TenureReply reply(Promises.Word word) {
        return TenureReply.newBuilder()
                .setAgreed(word.agreed())
                .addAllClaims(ClaimStore.out(word.claims()))
                .build();
    }

    @Override
    public void compareRecords(CompareRecordsRequest request, StreamObserver<CompareRecordsReply> out) {
        Answers.one(out, () -> {
            if (request.getKeepMillis() > 0) {
                store.keep(Duration.ofMillis(request.getKeepMillis()));
            }
            CompareRecordsReply.Builder reply = CompareRecordsReply.newBuilder();
            for (int i = 0; i < request.getDigestsCount(); i++) {
                Answers.stillWanted();
                RecordDigest digest = request.getDigests(i);
                Version offered = WireCodec.in(digest.getVersion());
                // an older one that what is here does not know of is wanted too, to be noted as lost
                if (offered.newerThan(store.version(digest)) || unknown(digest)) {
                    reply.addLacking(i);
                }
            }
            return reply.build();
        });
    }

    private boolean unknown(RecordDigest digest) {
        return digest.getKind() == RecordKind.RECORD_KIND_NAME
                && digest.getOperation() != 0
                && store.find(WireCodec.in(digest.getKey()), digest.getKind(), digest.getLabel())
                        .filter(here -> NameConflicts.knowsAllBefore(here)
                                && !here.getOperationsList().contains(digest.getOperation()))
                        .isPresent();
    }

    @Override
    public void fingerprintRecords(FingerprintRecordsRequest request, StreamObserver<FingerprintReply> out) {
        Answers.one(out, () -> {
            if (request.getKeepMillis() > 0) {
                Await.of(store.keepAll(Duration.ofMillis(request.getKeepMillis())), STORE_LIMIT, "this node's disk");
            }
            return WireCodec.out(store.fingerprints(WireCodec.in(request.getArc())));
        });
    }

    @Override
    public void pullRecords(PullRecordsRequest request, StreamObserver<RecordBatch> out) {
        Answers.stream(out, () -> {
            Arc arc = WireCodec.in(request.getArc());
            Predicate<Record> wanted = record -> true;
            if (request.getPartsCount() > 0) {
                Differences differences =
                        new Differences(store::fingerprints, a -> WireCodec.parts(request.getPartsList()));
                wanted = record -> differences.in(arc, WireCodec.in(record.getKey()));
            }
            return changes(arc, request.getSince(), wanted);
        });
    }

    // Everything up to the moment in which there is no more.
    private Iterator<RecordBatch> changes(Arc arc, long since, Predicate<Record> wanted) {
        return new AbstractIterator<>() {
            private long position = since;

            @Override
            protected @Nullable RecordBatch computeNext() {
                RecordStore.Page page = store.changes(arc, position, PAGE);
                if (page.records().isEmpty()) {
                    return endOfData();
                }
                position = page.position();
                return RecordBatch.newBuilder()
                        .addAllRecords(page.records().stream().filter(wanted).toList())
                        .setPosition(position)
                        .build();
            }
        };
    }

    @Override
    public void releaseArc(ReleaseArcRequest request, StreamObserver<RecordBatch> out) {
        Answers.many(out, sender -> {
            Arc arc = WireCodec.in(request.getArc());
            Identifier target = WireCodec.in(request.getTarget());
            Peer taker = WireCodec.in(request.getTaker());
            takers.check(target, taker, request.getAsHead());
            ArcGiver.Gift gift = giver.freeze(target, arc, taker, request.getAsHead());
            boolean sent = false;
            try {
                changes(arc, request.getSince(), record -> true).forEachRemaining(sender::send);
                sent = true;
            } finally {
                giver.finish(gift, sent);
            }
            sender.send(RecordBatch.newBuilder()
                    .setReleased(gift.given())
                    .setSettled(gift.settled())
                    .setEpoch(store.epoch())
                    .build());
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
