// Java's own producer and consumer for side-by-side tests: writes every pattern of records, and prints what a Java consumer sees.
import java.io.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.*;

public class KafkaPeer {
    static String bootstrap;

    /** KafkaPeer.java BOOTSTRAP COMMAND ARGUMENTS... [/ COMMAND ARGUMENTS...] */
    public static void main(String[] args) throws Exception {
        bootstrap = args[0];
        List<String> command = new ArrayList<>();
        for (String arg : Arrays.asList(args).subList(1, args.length)) {
            if (!arg.equals("/")) command.add(arg);
            else { run(command); command.clear(); }
        }
        run(command);
    }

    static void run(List<String> c) throws Exception {
        switch (c.get(0)) {
            case "records": records(c.get(1), c.get(2), Integer.parseInt(c.get(3))); break;
            case "transactions": transactions(c.get(1), c.get(2), Boolean.parseBoolean(c.get(3))); break;
            case "dump": dump(c.get(1), c.get(2)); break;
            case "member": member(c.get(1), c.get(2), c.get(3), c.get(4)); break;
            case "host": host(); break;
            default: throw new IllegalArgumentException(c.get(0));
        }
    }

    static KafkaProducer<byte[], byte[]> producer(String codec, String transactionalId) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("compression.type", codec);
        config.put("linger.ms", 20);
        config.put("batch.size", 4000);
        if (transactionalId != null) config.put("transactional.id", transactionalId);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    static byte[] bytes(Random random, int size) {
        byte[] result = new byte[size];
        random.nextBytes(result);
        // Half of each is compressible.
        Arrays.fill(result, 0, size / 2, (byte) 'x');
        return result;
    }

    static ProducerRecord<byte[], byte[]> record(Random random, String topic, int partition, int number) {
        // A compacted topic takes no record without a key.
        byte[] key = number % 7 == 0 && !topic.startsWith("compact") ? null : ("key-" + number % 20).getBytes();
        byte[] value = number % 11 == 0 ? null : number % 13 == 0 ? new byte[0] : bytes(random, number % 100 == 0 ? 30000 : random.nextInt(200));
        List<Header> headers = new ArrayList<>();
        if (number % 5 == 0) {
            headers.add(new RecordHeader("a", ("v" + number).getBytes()));
            headers.add(new RecordHeader("a", (byte[]) null));
            headers.add(new RecordHeader("\u00e4", new byte[0]));
        }
        return new ProducerRecord<>(topic, partition, 1700000000000L + (number % 3 == 0 ? -number : number), key, value, headers);
    }

    static void records(String topic, String codec, int count) {
        Random random = new Random(count);
        try (KafkaProducer<byte[], byte[]> producer = producer(codec, null)) {
            for (int i = 0; i < count; i++) producer.send(record(random, topic, i % 2, i));
        }
    }

    /** Three producers whose transactions overlap; some commit, some abort, plain records between them; at the end one may stay open. */
    static void transactions(String topic, String codec, boolean leaveOpen) throws Exception {
        Random random = new Random(7);
        List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            producers.add(producer(codec, topic + "-" + codec + "-" + i));
            producers.get(i).initTransactions();
        }
        KafkaProducer<byte[], byte[]> plain = producer(codec, null);
        boolean[] open = new boolean[3];
        int number = 0;
        for (int step = 0; step < 60; step++) {
            int who = random.nextInt(4);
            if (who == 3) {
                for (int i = 0; i < 5; i++) plain.send(record(random, topic, i % 2, number++));
                plain.flush();
                continue;
            }
            KafkaProducer<byte[], byte[]> producer = producers.get(who);
            if (!open[who]) { producer.beginTransaction(); open[who] = true; }
            int count = 1 + random.nextInt(60);
            for (int i = 0; i < count; i++) producer.send(record(random, topic, random.nextInt(2), number++));
            producer.flush();
            if (random.nextInt(3) == 0) {
                if (random.nextBoolean()) producer.commitTransaction(); else producer.abortTransaction();
                open[who] = false;
            }
        }
        for (int who = 0; who < 3; who++) {
            if (leaveOpen && who == 0) {
                if (!open[0]) producers.get(0).beginTransaction();
                producers.get(0).send(record(random, topic, 0, number++));
                producers.get(0).flush();
            } else if (open[who]) { if (who == 1) producers.get(who).abortTransaction(); else producers.get(who).commitTransaction(); }
        }
        for (int i = 0; i < 20; i++) plain.send(record(random, topic, i % 2, number++));
        plain.close();
        // A producer that is closed aborts; one whose process ends leaves its transaction open.
        for (int who = leaveOpen ? 1 : 0; who < 3; who++) producers.get(who).close();
    }

    static String hex(byte[] bytes) {
        return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
    }

    /** One line per record, then "end". */
    static void dump(String topic, String isolation) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("isolation.level", isolation);
        config.put("auto.offset.reset", "earliest");
        StringBuilder out = new StringBuilder();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            consumer.partitionsFor(topic).forEach(p -> partitions.add(new TopicPartition(topic, p.partition())));
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                for (ConsumerRecord<byte[], byte[]> r : consumer.poll(Duration.ofMillis(200))) {
                    out.append(r.partition()).append(' ').append(r.offset()).append(' ').append(r.timestamp()).append(' ')
                        .append(r.timestampType()).append(' ').append(hex(r.key())).append(' ').append(hex(r.value()));
                    for (Header h : r.headers()) out.append(' ').append(hex(h.key().getBytes())).append('=').append(hex(h.value()));
                    out.append('\n');
                }
            }
        }
        System.out.print(out.append("end\n"));
    }

    /** A member of a group that commits what it reads and prints it; ends when standard input does. */
    static void member(String topic, String group, String property, String value) throws Exception {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("group.id", group);
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", false);
        config.put("metadata.max.age.ms", 500);
        if (!property.equals("group.protocol")) { config.put("heartbeat.interval.ms", 100); config.put("session.timeout.ms", 6000); }
        config.put(property, value);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(topic), new ConsumerRebalanceListener() {
                public void onPartitionsRevoked(Collection<TopicPartition> p) { System.out.println("revoked " + p); }
                public void onPartitionsLost(Collection<TopicPartition> p) { System.out.println("lost " + p); }
                public void onPartitionsAssigned(Collection<TopicPartition> p) { System.out.println("assigned " + p); }
            });
            boolean pending = false;
            while (System.in.available() == 0 || pending) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(50));
                for (ConsumerRecord<byte[], byte[]> r : records) System.out.println("read " + r.partition() + " " + r.offset());
                pending |= !records.isEmpty();
                try {
                    if (pending) consumer.commitSync();
                    pending = false;
                } catch (RebalanceInProgressException | CommitFailedException overtaken) {
                    System.out.println("uncommitted");
                }
            }
        }
        System.out.println("left");
    }

    /** Is a member of one group after another: "join TOPIC PROPERTY=VALUE..." on standard input, "leave" or its end. */
    static void host() throws Exception {
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        Thread reader = new Thread(() -> {
            new BufferedReader(new InputStreamReader(System.in)).lines().forEach(lines::add);
            lines.add("end");
        });
        reader.setDaemon(true);
        reader.start();
        for (String line = lines.take(); !line.equals("end"); line = lines.take())
            if (line.startsWith("join ")) serve(line.split(" "), lines);
    }

    /** Says where it begins and, before each commit, what it has read and when. What it has read is not all committed most of the time. */
    static void serve(String[] join, BlockingQueue<String> lines) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", false);
        for (String each : Arrays.asList(join).subList(2, join.length)) config.put(each.split("=")[0], each.split("=")[1]);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(join[1]), new ConsumerRebalanceListener() {
                public void onPartitionsRevoked(Collection<TopicPartition> gone) { commit(consumer); said("revoked", gone); }
                public void onPartitionsLost(Collection<TopicPartition> gone) { said("lost", gone); }
                public void onPartitionsAssigned(Collection<TopicPartition> taken) {
                    Set<TopicPartition> all = new HashSet<>(taken);
                    Map<TopicPartition, OffsetAndMetadata> before = consumer.committed(all);
                    Map<TopicPartition, Long> positions = new HashMap<>();
                    for (TopicPartition p : taken) positions.put(p, consumer.position(p));
                    Map<TopicPartition, OffsetAndMetadata> after = consumer.committed(all);
                    for (TopicPartition p : taken)
                        System.out.println("begin " + p.partition() + " " + offset(before.get(p)) + " " + positions.get(p) + " " + offset(after.get(p)));
                }
            });
            for (int reads = 0; lines.isEmpty(); ) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(50));
                for (TopicPartition p : records.partitions()) {
                    long from = -1, next = -1;
                    for (ConsumerRecord<byte[], byte[]> r : records.records(p)) {
                        if (r.offset() != next) { read(p, from, next); from = r.offset(); }
                        next = r.offset() + 1;
                    }
                    read(p, from, next);
                }
                if (records.isEmpty() || ++reads % 6 == 0) commit(consumer);
            }
            commit(consumer);
        }
        System.out.println("left");
    }

    static long offset(OffsetAndMetadata committed) {
        return committed == null ? 0 : committed.offset();
    }

    static void read(TopicPartition p, long from, long to) {
        if (from >= 0) System.out.println("read " + p.partition() + " " + from + " " + to + " " + System.currentTimeMillis());
    }

    static void commit(KafkaConsumer<byte[], byte[]> consumer) {
        // A process that is killed must have said before what it commits now.
        System.out.flush();
        try {
            consumer.commitSync();
        } catch (RebalanceInProgressException | CommitFailedException overtaken) {
            System.out.println("uncommitted");
        }
    }

    static void said(String what, Collection<TopicPartition> partitions) {
        for (TopicPartition p : partitions) System.out.println(what + " " + p.partition());
    }
}
