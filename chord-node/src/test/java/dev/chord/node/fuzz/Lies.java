package dev.chord.node.fuzz;

import dev.chord.core.ring.Endpoint;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.RingServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Somebody who says to a node, over its own services, what is not so: messages in the right form with
 * changed contents.
 */
public final class Lies {
    private static final List<ServiceDescriptor> SERVICES = List.of(
            RingServiceGrpc.getServiceDescriptor(),
            RecordServiceGrpc.getServiceDescriptor(),
            BlockServiceGrpc.getServiceDescriptor());

    private final ManagedChannel channel;
    private final List<List<byte[]>> seeds =
            SERVICES.stream().map(FuzzSeeds::messages).toList();
    private final SplittableRandom random;

    /** @param seed the same seed tells the same lies */
    public Lies(Endpoint node, long seed) {
        channel = NettyChannelBuilder.forAddress(node.host(), node.port())
                .usePlaintext()
                .build();
        random = new SplittableRandom(seed);
    }

    /** One message; whatever is answered. */
    public void tell() {
        int service = random.nextInt(SERVICES.size());
        List<byte[]> forms = seeds.get(service);
        byte[] seed = forms.get(random.nextInt(forms.size()));
        byte[] lie = FuzzSeeds.mutated(seed, random);
        if (lie.length == 0) {
            return;
        }
        List<MethodDescriptor<?, ?>> methods = List.copyOf(SERVICES.get(service).getMethods());
        MethodDescriptor<?, ?> method = methods.get((seed[0] & 0xff) % methods.size());
        if (ServiceFuzz.mayBeCalled(method)) {
            call(method, Arrays.copyOfRange(lie, 1, lie.length));
        }
    }

    private <Q, A> void call(MethodDescriptor<Q, A> method, byte[] bytes) {
        try {
            Iterator<A> answers = ClientCalls.blockingServerStreamingCall(
                    channel,
                    method,
                    CallOptions.DEFAULT.withDeadlineAfter(500, TimeUnit.MILLISECONDS),
                    method.parseRequest(new ByteArrayInputStream(bytes)));
            for (int count = 0; answers.hasNext() && count < 100; count++) {
                answers.next();
            }
        } catch (StatusRuntimeException refused) {
            // That a lie is refused is what the node is for.
        }
    }
}
